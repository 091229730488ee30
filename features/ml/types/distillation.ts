/**
 * What a distillation asks for and what comes of it, as the core has it: the
 * shapes of `retort_domain::distillation` and `distillation_result`. Numbers
 * that JSON cannot hold arrive as null.
 */
import type {
  DatasetId,
  InferenceSpeed,
  Interval,
  Job,
  JobId,
  Metric,
  MetricSet,
  Platform,
  RunId,
  TrainingConfig,
} from "../api/contract";

/** Whose outputs the student learns; several runs are an ensemble. */
export type Teacher =
  | { kind: "runs"; run_ids: RunId[] }
  | { kind: "best_of_sweep"; job_id: JobId; platform: Platform | null }
  | { kind: "train"; config: TrainingConfig | null };

/** What the student's loss asks of it beside the labels. */
export type DistillationLoss =
  | { kind: "hinton" }
  | { kind: "decoupled"; beta: number | null }
  | { kind: "logit_matching" }
  | { kind: "mse" }
  | { kind: "teacher_bounded"; margin: number | null };

/** The soft part of one student's loss and its weight. */
export interface Distillation {
  loss: DistillationLoss;
  alpha: number | null;
  temperature: number | null;
}

export type SyntheticMethod = "resample" | "mix_up";

/** Rows on which the student learns the teacher's outputs alone. */
export type Transfer = { kind: "none" } | { kind: "unlabelled" } | { kind: "synthetic"; rows: number; method: SyntheticMethod };

/** What a student may cost; all that are given must hold. */
export interface Budget {
  max_bytes?: number | null;
  /** Microseconds a row, at batch 1. */
  max_latency_us?: number | null;
  /** Percentage points of accuracy, or percent of the teacher's RMSE, on validation rows. */
  max_points_lost?: number | null;
}

/** Students to try: every combination. Lists left out stand for the experiment's own value. */
export interface StudentSpace {
  hidden_layers?: number[][];
  temperature?: (number | null)[];
  alpha?: (number | null)[];
}

export interface DistillationSpec {
  dataset: DatasetId;
  target: string;
  platforms: Platform[];
  teacher: Teacher;
  /** Of the student; split and columns are the teacher's, whatever stands here. */
  config: TrainingConfig;
  /** Null means Hinton's, or squared error for regression. */
  loss: DistillationLoss | null;
  temperature: number | null;
  alpha: number | null;
  seeds: number;
  transfer: Transfer;
  control: boolean;
  student_space: StudentSpace | null;
  budget: Budget;
}

/** What a run of a distillation is there for. */
export type RunRole = { kind: "teacher" } | { kind: "student"; distillation: Distillation } | { kind: "control" };

/** One figure over the seeds. */
export interface SeedFigure {
  mean: number | null;
  /** Absent with one seed. */
  sd: number | null;
  by_seed: (number | null)[];
}

/** Networks of one role on one platform, one a seed; for an ensemble one a member. */
export interface NetworkFigures {
  run_ids: RunId[];
  platforms: Platform[];
  name: string;
  hidden_layers: number[];
  parameter_count: number | null;
  /** Sizes are compared by it, since it is the same format on both platforms. */
  weights_bytes: number | null;
  artifact_bytes: number | null;
  validation: Partial<Record<Metric, SeedFigure>>;
  test: Partial<Record<Metric, SeedFigure>>;
  train_seconds: number | null;
  speed: InferenceSpeed | null;
}

/** How alike the predictions of student and teacher are on test rows. */
export interface Agreement {
  same_percent: SeedFigure | null;
  /** Nats, at temperature 1. */
  mean_kl: SeedFigure | null;
  /** In the target's units; regression only. */
  rms_difference: SeedFigure | null;
}

export interface DistillationDelta {
  size_reduction_percent: number | null;
  size_ratio: number | null;
  /** Student minus teacher, in the metric's own direction. */
  metric_change: SeedFigure;
  control_change: SeedFigure | null;
  /** Student against control, paired by seed; above 0 is better. */
  gain_over_control: Interval | null;
  gain_sd: number | null;
  gains_by_seed: (number | null)[];
  speedup_batch1: number | null;
  agreement: Agreement;
}

/** A test row on which student and teacher predict different classes. */
export interface Disagreement {
  /** Row of the dataset, from 0. */
  row: number;
  /** Indices into the labels. */
  truth: number;
  teacher: number;
  student: number;
}

export type DistillationVerdict = "pays" | "no_clear_difference" | "costs" | "unknown";

/** Teacher, student and control of one platform side by side. */
export interface StudentComparison {
  platform: Platform;
  distillation: Distillation;
  student: NetworkFigures;
  control: NetworkFigures | null;
  delta: DistillationDelta;
  disagreements: Disagreement[];
  n_disagreements: number;
  /** `confusion[teacher][student]`, classification only. */
  confusion: number[][] | null;
  verdict: DistillationVerdict;
  sentence: string;
  seeds_left_out: number[];
}

/** What a person should know, and what forbids nothing. */
export type DistillationWarning =
  | { kind: "student_not_smaller"; student: number | null; teacher: number | null }
  | { kind: "one_seed" }
  | { kind: "some_diverged"; platform: Platform; count: number };

/** One student of a search, or its control. */
export interface StudentCandidate {
  number: number;
  platform: Platform;
  is_control: boolean;
  hidden_layers: number[];
  distillation: Distillation;
  parameter_count: number;
  weights_bytes: number | null;
  /** Empty where it diverged. */
  validation: MetricSet;
  best_epoch: number;
  train_seconds: number | null;
  latency_us: number | null;
  on_front: boolean;
  is_knee: boolean;
  is_within_budget: boolean;
  is_chosen: boolean;
}

export interface StudentSearch {
  metric: Metric;
  /** The teacher's figure on the same validation rows. */
  teacher: number | null;
  candidates: StudentCandidate[];
  elapsed_secs: number | null;
}

export interface DistillationResult {
  job_id: JobId;
  metric: Metric;
  labels: string[] | null;
  teacher: NetworkFigures;
  students: StudentComparison[];
  n_train_rows: number;
  n_transfer_rows: number;
  search: StudentSearch | null;
  warnings: DistillationWarning[];
}

export type DistillationPhase =
  | "preparing"
  | "training_teacher"
  | "asking_teacher"
  | "searching"
  | "training"
  | "comparing"
  | "done";

export interface DistillationSnapshot {
  job_id: JobId;
  phase: DistillationPhase;
  teacher: NetworkFigures | null;
  warnings: DistillationWarning[];
  search: StudentSearch | null;
  result: DistillationResult | null;
}

/** A job that is a distillation. */
export type DistillationJob = Omit<Job, "spec"> & { spec: { kind: "distil" } & DistillationSpec };
