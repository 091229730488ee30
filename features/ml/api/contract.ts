/**
 * The types of the boundary as the slice uses them: the generated ones, with a
 * configuration that is always complete (the generated type allows keys to be
 * left out, as a configuration file may; what the core answers never does).
 */
import type * as generated from "./bindings";

export type {
  Activation,
  Agreement,
  AppError,
  Artifact,
  BestTrial,
  Bound,
  Budget,
  CellPosition,
  ClassWeighting,
  Column,
  ColumnKind,
  ColumnProfile,
  ColumnReading,
  ColumnRole,
  ColumnRoleChoice,
  ColumnSpread,
  ColumnSummary,
  CompressedStudent,
  Confirmation,
  Correlations,
  DatasetDetails,
  DatasetId,
  DatasetProfile,
  DatasetSource,
  DateOrder,
  DecimalMark,
  Dialect,
  Disagreement,
  Distillation,
  DistillationDelta,
  DistillationLoss,
  DistillationPhase,
  DistillationResult,
  DistillationSnapshot,
  DistillationVerdict,
  DistillationWarning,
  EpochRecord,
  ErrorCode,
  ExportFormat,
  Figure,
  FoundTable,
  InferenceSpeed,
  Interval,
  JobId,
  JobStatus,
  JudgedEpoch,
  LineEnd,
  LrSchedule,
  Metric,
  NetworkFigures,
  Optimizer,
  PairAgreement,
  ParameterImportance,
  ParameterSpace,
  ParameterValue,
  PartPreview,
  Platform,
  PlatformComparison,
  PreparationSpec,
  ProblemRow,
  ProfileAction,
  ProfileProgress,
  ProfileWarning,
  ProfileWarningKind,
  PrunerKind,
  Reading,
  ReadingOptions,
  ReadingQuestion,
  RefreshOutcome,
  Resampling,
  RunId,
  RunRole,
  RunStatus,
  RuntimeReport,
  SamplerKind,
  SearchDirection,
  SearchHit,
  SearchSpace,
  SeedFigure,
  SheetInfo,
  SkippedAs,
  SkippedLines,
  SourceState,
  SplitKind,
  SplitPart,
  SplitPreview,
  SplitRule,
  SplitSizes,
  StudentCandidate,
  StudentComparison,
  StudentSearch,
  StudentSpace,
  SweepPlan,
  SweepSnapshot,
  SyntheticMethod,
  TablePage,
  TableView,
  Task,
  Teacher,
  TextOperator,
  Transfer,
  Trial,
  TrialColumn,
  TrialColumns,
  TrialCost,
  TrialCounts,
  TrialCurve,
  TrialOutcome,
  TrialPage,
  TrialRange,
  TrialRef,
  TrialsFormat,
  TrialSort,
  TrialStatus,
  TrialValues,
  ValueCount,
  WorkId,
  WorkProgress,
} from "./bindings";

export type { PageCells } from "./table-page";

/** An imported table. */
export type Dataset = Required<generated.Dataset>;

/** What reading a dataset's file again came to. */
export type Refreshed = Omit<generated.Refreshed, "dataset"> & { dataset: Dataset };

/** One end of a range; of dates, milliseconds. */
export type RangeEnd = generated.RangeEnd & { value: number };

/** What a cell must be for its row to be shown. */
export type CellCondition =
  | Exclude<generated.CellCondition, { kind: "range" }>
  | { kind: "range"; from: RangeEnd | null; to: RangeEnd | null; keep_missing?: boolean };

/** A condition on one column of a table. */
export type ColumnFilter = Omit<generated.ColumnFilter, "condition"> & { condition: CellCondition };

/** A column to sort a table by. */
export type TableSort = Required<generated.TableSort>;

/** Which rows of a table are shown, and in which order. */
export interface TableQuery { sort: TableSort[]; filters: ColumnFilter[]; search: string | null }

/** For which values of other parameters one matters. */
export type Condition = NonNullable<generated.Choice["when"]>;

/** A metric that is undefined for its rows is absent. */
export type MetricSet = generated.PartMetrics["test"];

export type TrainingConfig = Required<generated.TrainingConfig>;

export type Run = Omit<generated.Run, "config"> & { config: TrainingConfig };

/** One configuration, one run for each platform. */
export type TrainSpec = Omit<generated.TrainSpec, "config"> & { config: TrainingConfig };

/** Many configurations on one or both platforms. */
export type SweepSpec = Omit<generated.SweepSpec, "config"> & { config: TrainingConfig };

/** A teacher, and the students that are to learn from it. */
export type DistillationSpec = Omit<generated.DistillationSpec, "config"> & { config: TrainingConfig };

export type JobSpec = ({ kind: "train" } & TrainSpec) | ({ kind: "sweep" } & SweepSpec) | ({ kind: "distil" } & DistillationSpec);

export type Job = Omit<generated.Job, "spec"> & { spec: JobSpec };

/** A job that is a sweep. */
export type SweepJob = Omit<Job, "spec"> & { spec: { kind: "sweep" } & SweepSpec };

/** A job that is a distillation. */
export type DistillationJob = Omit<Job, "spec"> & { spec: { kind: "distil" } & DistillationSpec };

export interface JobSnapshot {
  job: Job;
  runs: Run[];
}

type OfRun = "run_changed" | "run_added";

/** What happened to a job; `seq` counts from 1 without gaps, job by job. */
export type JobEvent = Omit<generated.JobEvent, "kind"> & {
  kind: Exclude<generated.JobEventKind, { type: OfRun }> | { type: OfRun; run: Run };
};

/** What to leave out of a view of trials; an empty list leaves nothing out. */
export type TrialFilter = Required<generated.TrialFilter>;

/** What a chart asks for. */
export type TrialColumnsQuery = Required<Omit<generated.TrialColumnsQuery, "filter">> & { filter: TrialFilter };

/** A view of a sweep's trials; `limit` is at most 1,000. */
export type TrialQuery = Required<Omit<generated.TrialQuery, "filter">> & { filter: TrialFilter };
