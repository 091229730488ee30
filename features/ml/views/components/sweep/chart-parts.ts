/** What the sweep's charts have in common. */
import type { PointGroup } from "@ui/components/charts/scatter-chart";
import type { ChartTrial } from "../../../state/trial-charts";
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

/** Trials of each platform, those that were stopped early apart and pale, those selected ringed. */
export function pointGroups(
  trials: readonly ChartTrial[],
  platforms: readonly Platform[],
  place: (trial: ChartTrial) => readonly [number, number],
  selected: ReadonlySet<string>,
): PointGroup[] {
  const group = (name: string, colour: string, shape: PointGroup["shape"], among: readonly ChartTrial[], faint = false): PointGroup => {
    const there = among.map((trial) => ({ id: refKey(trial), point: place(trial) })).filter(({ point }) => !point.some(Number.isNaN));
    return { name, colour, shape, faint, points: there.map(({ point }) => point), ids: there.map(({ id }) => id) };
  };
  return [
    ...platforms.map((platform) => {
      const { name, colour, shape } = PLATFORM_DRAWN[platform];
      return group(name, colour, shape, trials.filter((trial) => trial.platform === platform && trial.status !== "pruned"));
    }),
    group("Pruned", "var(--ink-faint)", "diamond", trials.filter((trial) => trial.status === "pruned"), true),
    group("Selected", "var(--ink)", "ring", trials.filter((trial) => selected.has(refKey(trial)))),
  ];
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

