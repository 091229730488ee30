/**
 * The types of the boundary as the slice uses them: the generated ones, with a
 * configuration that is always complete (the generated type allows keys to be
 * left out, as a configuration file may; what the core answers never does).
 */
import type * as generated from "./bindings";

export type {
  Activation,
  AppError,
  Artifact,
  Bound,
  ClassWeighting,
  Column,
  ColumnKind,
  ColumnStats,
  Dataset,
  DatasetId,
  EpochRecord,
  ErrorCode,
  Job,
  JobId,
  JobStatus,
  LrSchedule,
  Metric,
  Optimizer,
  Platform,
  RunId,
  RunStatus,
  RuntimeReport,
  SheetInfo,
  SplitSizes,
  TablePage,
  Task,
  TrialOutcome,
} from "./bindings";

/** A metric that is undefined for its rows is absent. */
export type MetricSet = generated.PartMetrics["test"];

export type TrainingConfig = Required<generated.TrainingConfig>;

export type Run = Omit<generated.Run, "config"> & { config: TrainingConfig };

export interface JobSnapshot {
  job: generated.Job;
  runs: Run[];
}

/** What happened to a job; `seq` counts from 1 without gaps, job by job. */
export type JobEvent = Omit<generated.JobEvent, "kind"> & {
  kind: Exclude<generated.JobEventKind, { type: "run_changed" }> | { type: "run_changed"; run: Run };
};

/** One configuration, one run for each platform. */
export interface TrainSpec {
  dataset: generated.DatasetId;
  target: string;
  platforms: generated.Platform[];
  config: TrainingConfig;
}
