/** Words of the slice: the core's, and those that only views need. */
import type {
  AppError,
  DistillationJob,
  DistillationPhase,
  Job,
  JobStatus,
  Metric,
  Platform,
  RunRole,
  RunStatus,
  SweepJob,
  Task,
  TrialStatus,
} from "../api/contract";

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

/** A metric within a sentence: words small, initials as they are. */
export function metricInSentence(metric: Metric): string {
  const name = METRIC_NAMES[metric];
  return name === name.toUpperCase() ? name : `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

/** In the order in which they are read; the first is the one that is drawn first. */
export const METRICS_OF_TASK: Record<Task, readonly Metric[]> = {
  classification: ["accuracy", "macro_f1", "log_loss", "roc_auc"],
  regression: ["rmse", "mae", "r2"],
};

export const TASK_NAMES: Record<Task, string> = { classification: "Classification", regression: "Regression" };

export const STATUS_NAMES: Record<RunStatus | JobStatus, string> = {
  queued: "Queued",
  running: "Running",
  paused: "Paused",
  succeeded: "Finished",
  diverged: "Diverged",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const TRIAL_STATUS_NAMES: Record<TrialStatus, string> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  succeeded: "Finished",
  pruned: "Pruned",
  diverged: "Diverged",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** In the order in which they are shown. */
export const TRIAL_STATUSES = Object.keys(TRIAL_STATUS_NAMES) as readonly TrialStatus[];

export function isUnderWay(status: RunStatus | JobStatus): boolean {
  return status === "queued" || status === "running";
}

/** Whether more may happen to a job: it is under way, or paused. */
export function isOpenEnded(status: JobStatus): boolean {
  return isUnderWay(status) || status === "paused";
}

export function isSweep(job: Job): job is SweepJob {
  return job.spec.kind === "sweep";
}

export function isDistillation(job: Job): job is DistillationJob {
  return job.spec.kind === "distil";
}

export const ROLE_NAMES: Record<RunRole["kind"], string> = { teacher: "Teacher", student: "Student", control: "Control" };

/** What a distillation is doing, in words. */
export const PHASE_NAMES: Record<DistillationPhase, string> = {
  preparing: "Preparing the data",
  training_teacher: "Training the teacher",
  asking_teacher: "Asking the teacher",
  searching: "Trying students",
  training: "Training students and controls",
  comparing: "Comparing",
  done: "Finished",
};

/** What a platform's page is for at the moment. */
export type PageMode = "train" | "sweep";
