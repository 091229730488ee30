/** From a sweep's columns to what charts draw. Pure; trials that diverged or failed have no objective and are in none of them. */
import type { Metric, ParameterSpace, ParameterValue, Platform, TrialColumns, TrialCost, TrialRef, TrialStatus } from "../types";
import { valueText } from "./sweep-space";

/** One trial with a finite objective. */
export interface ChartTrial extends TrialRef {
  status: TrialStatus;
  objective: number;
  /** Milliseconds, null while it has not ended. */
  finishedAt: number | null;
  parameterCount: number | null;
  trainSeconds: number;
  /** Median of a call with one row; null where the shape was not measured. */
  latencyMicros: number | null;
  onFront: boolean;
  params: Readonly<Record<string, ParameterValue>>;
}

export function isHigherBetter(metric: Metric): boolean {
  return metric !== "log_loss" && metric !== "rmse" && metric !== "mae";
}

/** True for `a` being better than `b`. */
function better(a: number, b: number, higher: boolean): boolean {
  return higher ? a > b : a < b;
}

export function chartTrials(columns: TrialColumns): ChartTrial[] {
  const names = Object.keys(columns.params);
  const trials: ChartTrial[] = [];
  columns.number.forEach((number, index) => {
    const objective = columns.objective[index];
    const [platform, status] = [columns.platform[index], columns.status[index]];
    if (typeof objective !== "number" || platform === undefined || status === undefined) return;
    if (status === "diverged" || status === "failed") return;
    trials.push({
      number,
      platform,
      status,
      objective,
      finishedAt: columns.finished_at[index] ?? null,
      parameterCount: columns.parameter_count[index] ?? null,
      trainSeconds: columns.train_seconds[index] ?? 0,
      latencyMicros: columns.latency_micros[index] ?? null,
      onFront: columns.on_front[index] ?? false,
      params: Object.fromEntries(names.map((name) => [name, columns.params[name]?.[index] ?? null])),
    });
  });
  return trials;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** So many quartile distances beyond the worse quartile, a trial squeezes all others into a line. */
const FAR = 6;

/** Without those so much worse than the rest that nothing else could be seen; how many those are is said beside the chart. */
export function withoutFarWorse(trials: readonly ChartTrial[], higher: boolean): { near: ChartTrial[]; nFar: number } {
  const sorted = trials.map((trial) => trial.objective).sort((a, b) => a - b);
  const [low, high] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const reach = FAR * (high - low);
  if (sorted.length < 8 || reach === 0) return { near: [...trials], nFar: 0 };
  const near = trials.filter(({ objective }) => (higher ? objective >= low - reach : objective <= high + reach));
  return { near, nFar: trials.length - near.length };
}

export type Progress = "trials" | "time";

/**
 * The best objective after each trial that trained to its end, as steps: over
 * trial numbers, or over seconds since `since`.
 */
export function bestSoFar(
  trials: readonly ChartTrial[],
  platform: Platform,
  higher: boolean,
  over: Progress,
  since: number,
): (readonly [number, number])[] {
  const done = trials
    .filter((trial) => trial.platform === platform && trial.status === "succeeded" && (over === "trials" || trial.finishedAt !== null))
    .map((trial) => ({ x: over === "trials" ? trial.number : ((trial.finishedAt ?? since) - since) / 1000, y: trial.objective }))
    .sort((a, b) => a.x - b.x);
  const points: (readonly [number, number])[] = [];
  let best: number | null = null;
  for (const { x, y } of done) {
    if (best === null || better(y, best, higher)) {
      best = y;
      points.push([x, y]);
    }
  }
  const last = done.at(-1);
  if (best !== null && last !== undefined && last.x !== points.at(-1)?.[0]) points.push([last.x, best]);
  return points;
}

/** An axis for the values of a parameter: numbers as they are, everything else by name. */
export interface ValueAxis {
  /** Null for numbers. */
  names: readonly string[] | null;
  log: boolean;
  place: (value: ParameterValue) => number;
}

function compareNames(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true });
}

/** So few numbers are names: nothing lies between them. */
const FEW = 8;

/**
 * The axis for values of a parameter, as its space says: by order of magnitude
 * where they were drawn so, by name where they were chosen from a list.
 */
export function valueAxis(values: readonly ParameterValue[], space?: ParameterSpace): ValueAxis {
  const numbers = values.filter((value) => typeof value === "number");
  const isRange = typeof space === "object" && space !== null && ("float" in space || "int" in space);
  const isNumeric = numbers.length > 0 && numbers.length === values.length;
  if (isNumeric && (isRange || new Set(numbers).size > FEW)) {
    return {
      names: null,
      log: isRange && space.log === true && numbers.every((value) => value > 0),
      place: (value) => (typeof value === "number" ? value : Number.NaN),
    };
  }
  const names = [...new Set(values.map(valueText))].sort(compareNames);
  const places = new Map(names.map((name, index) => [name, index]));
  return { names, log: false, place: (value) => places.get(valueText(value)) ?? Number.NaN };
}

/** Spreads trials of the same name sideways, −0.2 to 0.2; the same trial always by the same amount, each platform to its side. */
export function jitter({ number, platform }: TrialRef): number {
  const along = ((number * 0.6180339887) % 1) * 0.16;
  return platform === "pytorch" ? -0.2 + along : 0.04 + along;
}

/** Most lines that can be told apart, and drawn without a wait. */
export const MOST_LINES = 3000;

/** The best so many. */
export function bestOf(trials: readonly ChartTrial[], higher: boolean, most: number): ChartTrial[] {
  if (trials.length <= most) return [...trials];
  return [...trials].sort((a, b) => (higher ? b.objective - a.objective : a.objective - b.objective)).slice(0, most);
}

/** What a trial's network costs; null where that is not known, or nothing that an axis by orders of magnitude could hold. */
export function costOf(trial: ChartTrial, cost: TrialCost): number | null {
  const value = { size: trial.parameterCount, train_seconds: trial.trainSeconds, latency: trial.latencyMicros }[cost];
  return value !== null && value > 0 ? value : null;
}

/** The Pareto front as steps from the cheapest network, of one platform. */
export function frontOf(trials: readonly ChartTrial[], platform: Platform, by: TrialCost): (readonly [number, number])[] {
  return trials
    .flatMap((trial) => {
      const cost = costOf(trial, by);
      return trial.platform === platform && trial.onFront && cost !== null ? [[cost, trial.objective] as const] : [];
    })
    .sort((a, b) => a[0] - b[0]);
}

/** Trials in quarters by objective, the best first; as even as their number allows. */
export function quarters(trials: readonly ChartTrial[], higher: boolean): ChartTrial[][] {
  const sorted = [...trials].sort((a, b) => (higher ? b.objective - a.objective : a.objective - b.objective));
  return [0, 1, 2, 3].map((quarter) =>
    sorted.slice(Math.round((quarter * sorted.length) / 4), Math.round(((quarter + 1) * sorted.length) / 4)),
  );
}
