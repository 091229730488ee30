/** How metrics are written: as many digits as the rows behind them support. */
import { formatFixed, formatSignificant, shareDigits, type MaybeNumber } from "@ui/lib/format";
import type { Metric } from "../../types";

/** Accuracy, F1 and AUC are shares of rows; R² and log loss are read like them. */
function isRatio(metric: Metric): boolean {
  switch (metric) {
    case "accuracy":
    case "macro_f1":
    case "roc_auc":
    case "r2":
    case "log_loss":
      return true;
    case "rmse":
    case "mae":
      return false;
  }
}

/** `rows`: in the part that the metric was computed on. */
export function formatMetric(metric: Metric, value: MaybeNumber, rows: number | null | undefined): string {
  return isRatio(metric) ? formatFixed(value, Math.max(3, shareDigits(rows))) : formatSignificant(value, 4);
}

