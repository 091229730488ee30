/** What the sweep's charts have in common. */
import type { PointGroup } from "@ui/components/charts/scatter-chart";
import { quarters, type ChartTrial } from "../../../state/trial-charts";
import { refKey } from "../../../state/trial-view";
import { METRIC_NAMES, PLATFORM_LOOKS, TRIAL_STATUS_NAMES, type Metric, type Platform } from "../../../types";
import { formatMetric } from "../metric-format";

/** Hue, shape and dash of each platform in a chart. */
export const PLATFORM_DRAWN = {
  pytorch: { ...PLATFORM_LOOKS.pytorch, shape: "circle", dashed: false },
  tensorflow: { ...PLATFORM_LOOKS.tensorflow, shape: "square", dashed: true },
} as const;

export interface ChartProps {
  trials: readonly ChartTrial[];
  platforms: readonly Platform[];
  objective: Metric;
  isHigherBetter: boolean;
}

type Place = (trial: ChartTrial) => readonly [number, number];
type Look = Omit<PointGroup, "points" | "ids">;

function pointGroup(look: Look, trials: readonly ChartTrial[], place: Place): PointGroup {
  const there = trials
    .map((trial) => ({ id: refKey(trial), point: place(trial) }))
    .filter(({ point }) => !point.some(Number.isNaN));
  return { ...look, points: there.map(({ point }) => point), ids: there.map(({ id }) => id) };
}

function selectedGroup(trials: readonly ChartTrial[], place: Place, selected: ReadonlySet<string>): PointGroup {
  const look: Look = { name: "Selected", colour: "var(--ink)", shape: "ring" };
  return pointGroup(look, trials.filter((trial) => selected.has(refKey(trial))), place);
}

/** Trials of each platform, those that were stopped early apart and pale, those selected ringed. */
export function pointGroups(
  trials: readonly ChartTrial[],
  platforms: readonly Platform[],
  place: Place,
  selected: ReadonlySet<string>,
): PointGroup[] {
  const pruned: Look = { name: "Pruned", colour: "var(--ink-faint)", shape: "diamond", faint: true };
  return [
    ...platforms.map((platform) => {
      const { name, colour, shape } = PLATFORM_DRAWN[platform];
      const own = trials.filter((trial) => trial.platform === platform && trial.status !== "pruned");
      return pointGroup({ name, colour, shape }, own, place);
    }),
    pointGroup(pruned, trials.filter((trial) => trial.status === "pruned"), place),
    selectedGroup(trials, place, selected),
  ];
}

/** The best stand out by hue and shape, the others fade. */
const QUARTERS: readonly Look[] = [
  { name: "Best quarter", colour: "var(--accent)", shape: "circle", opacity: 0.95 },
  { name: "Second", colour: "var(--accent)", shape: "circle", opacity: 0.4 },
  { name: "Third", colour: "var(--ink-faint)", shape: "diamond", opacity: 0.5 },
  { name: "Worst quarter", colour: "var(--ink-faint)", shape: "diamond", opacity: 0.25 },
];

/** Trials in quarters by objective, the worst drawn first, those selected ringed. */
export function quarterGroups(
  trials: readonly ChartTrial[],
  isHigherBetter: boolean,
  place: Place,
  selected: ReadonlySet<string>,
): PointGroup[] {
  const parts = quarters(trials, isHigherBetter);
  const groups = QUARTERS.map((look, index) => pointGroup({ ...look, depth: 3 - index / 2 }, parts[index] ?? [], place));
  return [...groups, selectedGroup(trials, place, selected)];
}

/** What a point's tooltip says. */
export function describeTrials(trials: readonly ChartTrial[], objective: Metric): (id: string) => readonly string[] {
  const byId = new Map(trials.map((trial) => [refKey(trial), trial]));
  return (id) => {
    const trial = byId.get(id);
    if (trial === undefined) return [];
    return [
      `Trial ${trial.number} on ${PLATFORM_LOOKS[trial.platform].name}`,
      `${METRIC_NAMES[objective]} ${formatMetric(objective, trial.objective, null)}`,
      TRIAL_STATUS_NAMES[trial.status],
    ];
  };
}

export function farRemark(nFar: number): string | undefined {
  return nFar === 0 ? undefined : `${nFar} far worse not drawn`;
}

