/** How two platforms compare, in words that need no statistics. */
import { formatCount, formatSignificant } from "@ui/lib/format";
import { METRIC_NAMES, type Interval, type Metric, type PairAgreement, type PlatformComparison } from "../types";
import { isHigherBetter } from "./trial-charts";

function isShare(metric: Metric): boolean {
  return metric === "accuracy" || metric === "macro_f1" || metric === "roc_auc";
}

/** 0.3 points for shares of rows, else the metric's own units. */
export function amountInWords(metric: Metric, amount: number): string {
  const size = Math.abs(amount);
  if (!isShare(metric)) return formatSignificant(size, 2);
  const points = (size * 100).toFixed(1);
  return `${points} ${points === "1.0" ? "point" : "points"}`;
}

function side(metric: Metric, value: number): string {
  return `${amountInWords(metric, value)} ${value < 0 ? "lower" : "higher"}`;
}

function rangeInWords(metric: Metric, { low, high }: Interval): string | null {
  if (low === null || high === null) return null;
  return `from ${side(metric, low)} to ${side(metric, high)}`;
}

/** "Accuracy of PyTorch on 2,000 test rows: 0.3 points higher; with 95 % confidence from 0.6 points lower to 1.2 points higher" */
export function differenceInWords({ metric, difference, n_rows }: PlatformComparison): string {
  const what = `${METRIC_NAMES[metric]} of PyTorch on ${formatCount(n_rows)} test rows`;
  const { estimate } = difference;
  if (estimate === null) return `${what}: the difference could not be measured`;
  const range = rangeInWords(metric, difference);
  return `${what}: ${side(metric, estimate)}${range === null ? "" : `; with 95 % confidence ${range}`}`;
}

/** "p = 0.52", "p < 0.001" */
export function pInWords(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${formatSignificant(p, 2)}`;
}

/** "The same configuration ended 0.0012 apart in the middle of 128 pairs, 0.08 at most" */
export function pairsInWords(pairs: PairAgreement, objective: Metric): string {
  const gap = (value: number | null) => (value === null ? "an unknown distance" : amountInWords(objective, value));
  const mean = pairs.difference.estimate;
  const lean =
    mean === null || pairs.difference.low === null || pairs.difference.high === null
      ? ""
      : pairs.difference.low <= 0 && pairs.difference.high >= 0
        ? "; neither platform is ahead on average"
        : `; on average ${mean > 0 === isHigherBetter(objective) ? "PyTorch" : "TensorFlow"} is ahead by ${amountInWords(objective, mean)}`;
  return `In half of ${formatCount(pairs.n_pairs)} pairs the same configuration ended within ${gap(pairs.median_gap)} on both, in all within ${gap(pairs.largest_gap)}${lean}`;
}
