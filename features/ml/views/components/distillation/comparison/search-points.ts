/** Students that were tried as points over size or latency. Pure. */
import type { PointGroup } from "@ui/components/charts/scatter-chart";
import { formatBytes, formatMicros, MISSING } from "@ui/lib/format";
import { layoutText } from "../../../../state/sweep-space";
import { isHigherBetter } from "../../../../state/trial-charts";
import {
  METRIC_NAMES,
  PLATFORM_LOOKS,
  PLATFORMS,
  type Budget,
  type NetworkFigures,
  type Platform,
  type StudentCandidate,
  type StudentSearch,
} from "../../../../types";
import { formatMetric } from "../../metric-format";
import { PLATFORM_DRAWN } from "../../sweep/chart-parts";

export type StudentCost = "size" | "latency";

export const COST_FORMATS: Record<StudentCost, (value: number | null) => string> = { size: formatBytes, latency: formatMicros };

type Point = readonly [number, number];

/** Bytes of the weights, or microseconds of a row; null where not known, or nothing that an axis could hold. */
export function costOf({ weights_bytes, latency_us }: StudentCandidate, cost: StudentCost): number | null {
  const value = cost === "size" ? weights_bytes : latency_us;
  return value !== null && value > 0 ? value : null;
}

export function qualityOf({ validation }: StudentCandidate, { metric }: StudentSearch): number | null {
  return validation[metric] ?? null;
}

function pointOf(candidate: StudentCandidate, search: StudentSearch, cost: StudentCost): Point | null {
  const [x, y] = [costOf(candidate, cost), qualityOf(candidate, search)];
  return x === null || y === null ? null : [x, y];
}

export function idOf({ number, platform, is_control }: StudentCandidate): string {
  return `${is_control ? "control" : "student"}-${String(number)}-${platform}`;
}

export const TEACHER_ID = "teacher";

function teacherPoint(search: StudentSearch, teacher: NetworkFigures | null, cost: StudentCost): Point | null {
  const x =
    cost === "size" ? teacher?.weights_bytes : teacher?.speed?.batches.find(({ rows }) => rows === 1)?.p50_micros;
  return search.teacher === null || x === null || x === undefined || x <= 0 ? null : [x, search.teacher];
}

/** Students that nothing cheaper and as good beats, from the cheapest. The core marks them by size; by latency they are found here. */
export function frontOf(search: StudentSearch, platform: Platform, cost: StudentCost): Point[] {
  const higher = isHigherBetter(search.metric);
  const own = search.candidates.filter((one) => one.platform === platform && !one.is_control && (cost === "latency" || one.on_front));
  const points = own
    .flatMap((one) => {
      const point = pointOf(one, search, cost);
      return point === null ? [] : [point];
    })
    .sort((a, b) => a[0] - b[0] || (higher ? b[1] - a[1] : a[1] - b[1]));
  let best: number | null = null;
  return points.filter(([, y]) => {
    if (best !== null && (higher ? y <= best : y >= best)) return false;
    best = y;
    return true;
  });
}

export function searchGroups(search: StudentSearch, teacher: NetworkFigures | null, cost: StudentCost): PointGroup[] {
  const group = (look: Omit<PointGroup, "points" | "ids">, chosen: readonly StudentCandidate[]): PointGroup => {
    const there = chosen.flatMap((one) => {
      const point = pointOf(one, search, cost);
      return point === null ? [] : [{ id: idOf(one), point }];
    });
    return { ...look, points: there.map(({ point }) => point), ids: there.map(({ id }) => id) };
  };
  const students = search.candidates.filter((one) => !one.is_control);
  const controls = search.candidates.filter((one) => one.is_control);
  const of = (list: readonly StudentCandidate[], platform: Platform) => list.filter((one) => one.platform === platform);
  const at = teacherPoint(search, teacher, cost);
  const picked = { name: "Picked", colour: "var(--ink)", shape: "ring" } as const;
  const groups: PointGroup[] = [
    ...PLATFORMS.map((platform) => {
      const { name, colour, shape } = PLATFORM_DRAWN[platform];
      return group({ name: `Student, ${name}`, colour, shape }, of(students, platform));
    }),
    ...PLATFORMS.map((platform) => {
      const { name, colour, shape } = PLATFORM_DRAWN[platform];
      return group({ name: `Control, ${name}`, colour, shape, faint: true }, of(controls, platform));
    }),
    {
      name: "Teacher",
      colour: "var(--ink)",
      shape: "diamond",
      points: at === null ? [] : [at],
      ids: at === null ? [] : [TEACHER_ID],
    },
    // The front bends by size; over latency its knee says nothing.
    ...(cost === "latency"
      ? [group(picked, students.filter((one) => one.is_chosen))]
      : [
          group(picked, students.filter((one) => one.is_chosen && !one.is_knee)),
          group({ name: "Knee", colour: "var(--caution)", shape: "ring" }, students.filter((one) => one.is_knee && !one.is_chosen)),
          group({ name: "Picked, the knee", colour: "var(--accent)", shape: "ring" }, students.filter((one) => one.is_knee && one.is_chosen)),
        ]),
  ];
  return groups.filter(({ points }) => points.length > 0);
}

/** What stands in for the words "front", "knee" and "picked" in the table. */
export function marksOf(candidate: StudentCandidate, { hasBudget }: { hasBudget: boolean }): string {
  return [
    candidate.is_chosen ? "picked" : null,
    candidate.is_knee ? "knee" : null,
    candidate.on_front ? "front" : null,
    hasBudget && !candidate.is_within_budget ? "over budget" : null,
  ]
    .filter((word) => word !== null)
    .join(", ");
}

function costText(candidate: StudentCandidate, cost: StudentCost): string {
  const text = COST_FORMATS[cost](costOf(candidate, cost));
  return text === MISSING ? "not measured" : text;
}

/** Lines of a point's tooltip. */
export function describer(search: StudentSearch, teacher: NetworkFigures | null, cost: StudentCost): (id: string) => readonly string[] {
  const byId = new Map(search.candidates.map((one) => [idOf(one), one]));
  return (id) => {
    if (id === TEACHER_ID) {
      const at = teacherPoint(search, teacher, cost);
      return at === null
        ? []
        : ["Teacher", `${METRIC_NAMES[search.metric]} ${formatMetric(search.metric, at[1], null)}`, COST_FORMATS[cost](at[0])];
    }
    const one = byId.get(id);
    if (one === undefined) return [];
    return [
      `${one.is_control ? "Control" : "Student"} ${String(one.number)} on ${PLATFORM_LOOKS[one.platform].name}, ${layoutText(one.hidden_layers)}`,
      `${METRIC_NAMES[search.metric]} ${formatMetric(search.metric, qualityOf(one, search), null)}`,
      costText(one, cost),
      ...(one.is_control ? [] : [marksOf(one, { hasBudget: false })].filter((line) => line !== "")),
    ];
  };
}

/** "at most 50 kB and at most 1 point lost"; null where anything goes. */
export function budgetInWords({ max_bytes, max_latency_us, max_points_lost }: Budget, isRegression: boolean): string | null {
  const there = (value: number | null | undefined): value is number => value !== null && value !== undefined;
  const parts = [
    there(max_bytes) ? `at most ${formatBytes(max_bytes)} of weights` : null,
    there(max_latency_us) ? `at most ${formatMicros(max_latency_us)} for 1 row` : null,
    there(max_points_lost)
      ? isRegression
        ? `RMSE at most ${String(max_points_lost)} % above the teacher’s`
        : `at most ${String(max_points_lost)} ${max_points_lost === 1 ? "point" : "points"} below the teacher`
      : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" and ");
}

/** Which student was picked, and by what. */
export function pickedText(candidate: StudentCandidate, budget: Budget, isRegression: boolean): string {
  const words = budgetInWords(budget, isRegression);
  const who = `Picked on ${PLATFORM_LOOKS[candidate.platform].name}: student ${String(candidate.number)}, ${layoutText(candidate.hidden_layers)}`;
  if (words === null) {
    return candidate.is_knee
      ? `${who}, the knee of the front; no budget was set.`
      : `${who}, the best on validation rows; no budget was set.`;
  }
  const unmeasured = budget.max_latency_us !== null && budget.max_latency_us !== undefined && candidate.latency_us === null;
  return `${who}, the best on validation rows within the budget: ${words}.${
    unmeasured ? " Its latency was not measured, so that part of the budget was not held against it." : ""
  }`;
}
