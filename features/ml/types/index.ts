/** Words of the slice: the core's, and those that only views need. */
import type { AppError, Metric, Platform, RunStatus, Task } from "../api/contract";

export type * from "../api/contract";

/** Something that is fetched: a view draws each of these, and nothing else. */
export type Loadable<T> =
  | { state: "loading" }
  | { state: "failed"; error: AppError }
  | { state: "ready"; value: T };

export const PLATFORMS: readonly Platform[] = ["pytorch", "tensorflow"];

/** Name, letter and hue of each platform, the same wherever they meet. */
export const PLATFORM_LOOKS: Record<Platform, { name: string; letter: string; colour: string }> = {
  pytorch: { name: "PyTorch", letter: "P", colour: "var(--pytorch)" },
  tensorflow: { name: "TensorFlow", letter: "T", colour: "var(--tensorflow)" },
};

export const METRIC_NAMES: Record<Metric, string> = {
  accuracy: "Accuracy",
  macro_f1: "Macro F1",
  log_loss: "Log loss",
  roc_auc: "ROC AUC",
  rmse: "RMSE",
  mae: "MAE",
  r2: "R²",
};

/** In the order in which they are read; the first is the one that is drawn first. */
export const METRICS_OF_TASK: Record<Task, readonly Metric[]> = {
  classification: ["accuracy", "macro_f1", "log_loss", "roc_auc"],
  regression: ["rmse", "mae", "r2"],
};

export const TASK_NAMES: Record<Task, string> = { classification: "Classification", regression: "Regression" };

export const STATUS_NAMES: Record<RunStatus, string> = {
  queued: "Queued",
  running: "Running",
  succeeded: "Finished",
  diverged: "Diverged",
  failed: "Failed",
  cancelled: "Cancelled",
};

export function isUnderWay(status: RunStatus): boolean {
  return status === "queued" || status === "running";
}

/** A file being imported, or one that could not be. */
export interface Import {
  key: string;
  path: string;
  fileName: string;
  state: "reading" | "choosing" | "failed";
  error: AppError | null;
}

/** Sheets to choose among before a workbook is read. */
export interface SheetQuestion {
  importKey: string;
  path: string;
  fileName: string;
  sheets: { name: string; n_rows: number; n_columns: number }[];
}
