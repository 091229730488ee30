/** The core's commands and events: promises that reject with `CoreError`, and subscriptions. */
import { BOUNDS as GENERATED_BOUNDS, DEFAULT_CONFIG as GENERATED_DEFAULTS, commands, events } from "./bindings";
import type {
  Bound,
  CellPosition,
  ColumnKind,
  ColumnRoleChoice,
  Dataset,
  DatasetId,
  DistillationSpec,
  ExportFormat,
  Job,
  JobEvent,
  JobId,
  JobSnapshot,
  PageCells,
  Platform,
  PreparationSpec,
  ProfileProgress,
  ReadingOptions,
  Refreshed,
  Run,
  RunId,
  SearchDirection,
  SweepSpec,
  TableQuery,
  TrainSpec,
  TrainingConfig,
  TrialColumnsQuery,
  TrialFilter,
  TrialQuery,
  TrialRef,
  TrialsFormat,
  WorkId,
  WorkProgress,
} from "./contract";
import { unwrap } from "./error";
import { decodeTablePage } from "./table-page";

/** Bounds of every numeric setting, as the core checks them. */
export const BOUNDS: readonly Bound[] = GENERATED_BOUNDS as readonly Bound[];

/** What is trained when nothing is changed. */
export const DEFAULT_CONFIG = GENERATED_DEFAULTS as unknown as TrainingConfig;

export const datasets = {
  list: () => unwrap(commands.datasetsList()) as Promise<Dataset[]>,
  sheets: (path: string) => unwrap(commands.datasetsSheets(path)),
  /** How the first rows of a file are read, before all of it is; null where they cannot be had without all the others. */
  glance: (path: string, sheet: string | null, options: ReadingOptions) => unwrap(commands.datasetsGlance(path, sheet, options)),
  /**
   * How a file would be read. What the options leave out is found out from the
   * file. What is made of a large one meanwhile is kept until it is imported, or
   * given up.
   */
  understand: (path: string, sheet: string | null, options: ReadingOptions, work: WorkId) =>
    unwrap(commands.datasetsUnderstand(path, sheet, options, work)),
  giveUp: (path: string) => unwrap(commands.datasetsGiveUp(path)),
  /** Writes to `out`, as CSV, everything of a file that is left out or does not fit when it is read like this. */
  saveReport: (path: string, sheet: string | null, options: ReadingOptions, out: string, work: WorkId) =>
    unwrap(commands.datasetsReadingReport(path, sheet, options, out, work)),
  /** Without a name, the file's own serves; without a sheet, the first that is not empty. */
  import: (path: string, name: string | null, sheet: string | null, options: ReadingOptions, work: WorkId) =>
    unwrap(commands.datasetsImport(path, name, sheet, options, work)) as Promise<Dataset>,
  /** How many rows a query shows; given up for a newer query on the same table, with the code `cancelled`. */
  view: (id: DatasetId, query: TableQuery) => unwrap(commands.datasetsView(id, query)),
  /** Some rows of those that a query shows; of columns by their place, or of all. */
  rows: async (
    id: DatasetId,
    query: TableQuery,
    offset: number,
    limit: number,
    columns: number[] | null,
  ): Promise<PageCells> =>
    decodeTablePage(await unwrap(commands.datasetsRows(id, query, offset, limit, columns))),
  /** The next cell, or the one before, that contains a text; none where no cell does. */
  find: (
    id: DatasetId,
    query: TableQuery,
    text: string,
    from: CellPosition | null,
    direction: SearchDirection,
  ) => unwrap(commands.datasetsFind(id, query, text, from, direction)),
  /** A picture of each column, over the rows of a query or over all. */
  summaries: (id: DatasetId, query: TableQuery | null, columns: number[] | null) =>
    unwrap(commands.datasetsSummaries(id, query, columns)),
  /** Cells as tab-separated text. */
  copy: (
    id: DatasetId,
    query: TableQuery,
    offset: number,
    limit: number,
    columns: number[] | null,
    header: boolean,
  ) => unwrap(commands.datasetsCopy(id, query, offset, limit, columns, header)),
  setRoles: (id: DatasetId, choices: ColumnRoleChoice[]) => unwrap(commands.datasetsRolesSet(id, choices)) as Promise<Dataset>,
  setKind: (id: DatasetId, column: string, kind: ColumnKind) =>
    unwrap(commands.datasetsKindSet(id, column, kind)) as Promise<Dataset>,
  /** Figures of every column, and what would spoil a model that learns `target`. */
  profile: (id: DatasetId, target: string | null) => unwrap(commands.datasetsProfile(id, target)),
  cancelProfile: (id: DatasetId) => unwrap(commands.datasetsProfileCancel(id)),
  /** Rows and classes of each part. */
  previewSplit: (preparation: PreparationSpec) => unwrap(commands.datasetsSplitPreview(preparation)),
  /** Whether the file that it was read from has changed since; cheap where size and time of the file say it. */
  source: (id: DatasetId) => unwrap(commands.datasetsSource(id)),
  /** Reads the file again, as it was read; a changed one becomes a new version. */
  refresh: (id: DatasetId, work: WorkId) => unwrap(commands.datasetsRefresh(id, work)) as Promise<Refreshed>,
  /** Writes the table to the file at `path`, whole or not at all; `work` names the work. */
  export: (id: DatasetId, path: string, format: ExportFormat, typed: boolean, work: WorkId) =>
    unwrap(commands.datasetsExport(id, path, format, typed, work)),
  /** Other notes, other tags, or both; what is null stays. */
  annotate: (id: DatasetId, notes: string | null, tags: string[] | null) =>
    unwrap(commands.datasetsAnnotate(id, notes, tags)) as Promise<Dataset>,
  /** Room that it takes, and what was trained on it. */
  details: (id: DatasetId) => unwrap(commands.datasetsDetails(id)),
  delete: (id: DatasetId) => unwrap(commands.datasetsDelete(id)),
  rename: (id: DatasetId, name: string) => unwrap(commands.datasetsRename(id, name)),
};

export const work = {
  /** Stops named work, which then fails with the code `cancelled`. */
  cancel: (name: WorkId) => unwrap(commands.workCancel(name)),
};

export const jobs = {
  startTraining: (spec: TrainSpec) => unwrap(commands.jobsStart({ kind: "train", ...spec })),
  startSweep: (spec: SweepSpec) => unwrap(commands.jobsStart({ kind: "sweep", ...spec })),
  startDistillation: (spec: DistillationSpec) => unwrap(commands.jobsStart({ kind: "distil", ...spec })),
  get: (id: JobId) => unwrap(commands.jobsGet(id)) as Promise<JobSnapshot>,
  list: () => unwrap(commands.jobsList()) as Promise<Job[]>,
  /** All events with a number above `after`, in order. */
  events: (id: JobId, after: number) => unwrap(commands.jobsEvents(id, after)) as Promise<JobEvent[]>,
  cancel: (id: JobId) => unwrap(commands.jobsCancel(id)),
  /** Sweeps alone; what they have done is kept. */
  pause: (id: JobId) => unwrap(commands.jobsPause(id)),
  resume: (id: JobId) => unwrap(commands.jobsResume(id)),
};

export const sweeps = {
  /** What a sweep would come to; what is wrong with it is refused by the field's name. */
  plan: (spec: SweepSpec) => unwrap(commands.sweepsPlan(spec)),
  get: (id: JobId) => unwrap(commands.sweepsGet(id)),
  trials: (id: JobId, query: TrialQuery) => unwrap(commands.sweepsTrials(id, query)),
  /** One entry a trial in every list; a sweep of 100,000 trials answers with megabytes. */
  columns: (id: JobId, query: TrialColumnsQuery) => unwrap(commands.sweepsColumns(id, query)),
  /** Times networks of each shape; takes about a second a shape. Answers with the number of shapes. */
  measure: (id: JobId) => unwrap(commands.sweepsMeasure(id)),
  curves: (id: JobId, trials: TrialRef[]) => unwrap(commands.sweepsCurves(id, trials)),
  /** Of one platform's trials, or of all. */
  importance: (id: JobId, platform: Platform | null) => unwrap(commands.sweepsImportance(id, platform)),
  /** Writes the trials that the filter lets through to the file at `path`. */
  export: (id: JobId, filter: TrialFilter, format: TrialsFormat, path: string) =>
    unwrap(commands.sweepsExport(id, filter, format, path)),
  /** Adds so many configurations. */
  extend: (id: JobId, more: number) => unwrap(commands.sweepsExtend(id, more)),
  /** Trains these again; an empty list means all that failed. */
  retry: (id: JobId, trials: TrialRef[]) => unwrap(commands.sweepsRetry(id, trials)),
};

export const distillations = {
  /** Asked again whenever something of the job has changed. */
  get: (id: JobId) => unwrap(commands.distillationsGet(id)),
};

export const reports = {
  /** Writes a report to the file at `path`, which ends in .html, .csv or .txt. */
  save: (path: string, text: string) => unwrap(commands.reportsSave(path, text)),
};

export const runs = {
  list: () => unwrap(commands.runsList()) as Promise<Run[]>,
  epochs: (id: RunId) => unwrap(commands.runsEpochs(id)),
  rename: (id: RunId, name: string) => unwrap(commands.runsRename(id, name)),
  delete: (id: RunId) => unwrap(commands.runsDelete(id)),
  /** Times calls of the runs' networks, in turn; the figures stand with the runs then. */
  measure: (ids: RunId[]) => unwrap(commands.runsMeasure(ids)) as Promise<Run[]>,
  /** Copies the run's files into the folder at `path`. */
  export: (id: RunId, path: string) => unwrap(commands.runsExport(id, path)),
};

export const runtimes = {
  /** Trains a small network on each platform; takes a second or two. */
  check: () => unwrap(commands.runtimesCheck()),
};

export const shell = {
  /** Tells the core that the first paint is done. */
  ready: () => unwrap(commands.appReady()),
  /** Closes the window although jobs are under way. */
  confirmClose: async (): Promise<void> => {
    await commands.closeConfirm();
  },
};

type Stop = () => void;

export const on = {
  jobEvent: (handle: (event: JobEvent) => void): Promise<Stop> =>
    events.jobEvent.listen(({ payload }) => {
      handle(payload as JobEvent);
    }),
  datasetsChanged: (handle: () => void): Promise<Stop> =>
    events.datasetsChanged.listen(() => {
      handle();
    }),
  /** A profile is being computed. */
  profileProgress: (handle: (progress: ProfileProgress) => void): Promise<Stop> =>
    events.profileProgress.listen(({ payload }) => {
      handle(payload);
    }),
  /** Work that was given a name goes on. */
  workProgress: (handle: (progress: WorkProgress) => void): Promise<Stop> =>
    events.workProgress.listen(({ payload }) => {
      handle(payload);
    }),
  /** The person wants to close the window while so many jobs are under way. */
  closeRequested: (handle: (activeJobs: number) => void): Promise<Stop> =>
    events.closeRequested.listen(({ payload }) => {
      handle(payload.active_jobs);
    }),
};
