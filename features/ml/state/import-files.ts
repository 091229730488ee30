/**
 * Files on their way in: what is understood of each, what was decided about
 * it, and what a person should still look at. Pure; asking the core and
 * importing are the orchestrator's.
 */
import type { AppError, ColumnReading, Dataset, DatasetId, Reading, ReadingOptions, SheetInfo, WorkId } from "../types";

/** What a person has decided about the reading of a file. Every decision makes a new object. */
export interface Decisions {
  sheet: string | null;
  options: ReadingOptions;
}

export const NOTHING_DECIDED: Decisions = {
  sheet: null,
  options: {
    delimiter: null,
    quote: null,
    encoding: null,
    header_rows: null,
    decimal: null,
    date_order: null,
    missing: null,
    table: null,
  },
};

/** What is known of a file. A reading stays while the next one is awaited. */
export type Understood =
  /** `glimpse`: its first rows, by these alone; null while they are not known. */
  | { state: "reading"; glimpse: Reading | null }
  | { state: "unreadable"; error: AppError }
  /** `of`: the decisions that it answers; `error`: why it cannot be read as decided since. */
  | { state: "understood"; reading: Reading; of: Decisions; error: AppError | null };

/** What becomes of a file. */
export type Fate = { state: "open" } | { state: "waiting" } | { state: "importing" } | { state: "failed"; error: AppError };

export interface ImportFile {
  key: string;
  path: string;
  fileName: string;
  decisions: Decisions;
  understood: Understood;
  /** The workbook's sheets with their sizes; null until they are known. */
  sheets: readonly SheetInfo[] | null;
  /** Spellings of "no value" met in the file under any decision, so that one that was switched off can be switched on. */
  spellings: readonly string[];
  fate: Fate;
  /** What the core is doing with it: reading or importing; null while it is not. */
  work: WorkId | null;
  /** The dataset that was made of the file before, and is looked at again. */
  before: ImportedFile | null;
}

/** A file that became a dataset without a question. */
export interface ImportedFile {
  key: string;
  path: string;
  fileName: string;
  dataset: Dataset;
  decisions: Decisions;
  reading: Reading;
  /** The dataset was not there before. */
  isNew: boolean;
}

/** The last part of a path of any system. */
export function fileNameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

export function newFile(key: string, path: string): ImportFile {
  return {
    key,
    path,
    fileName: fileNameOf(path),
    decisions: NOTHING_DECIDED,
    understood: { state: "reading", glimpse: null },
    sheets: null,
    spellings: [],
    fate: { state: "open" },
    work: null,
    before: null,
  };
}

/** A file that was imported, to be looked at again. */
export function fileAgain(before: ImportedFile): ImportFile {
  const { key, path, decisions, reading } = before;
  return {
    ...withReading({ ...newFile(key, path), decisions }, decisions, reading),
    sheets: reading.sheets.length > 1 ? null : reading.sheets,
    before,
  };
}

/** The file after an answer; an answer to earlier decisions changes nothing. */
export function withReading(file: ImportFile, of: Decisions, reading: Reading): ImportFile {
  if (file.decisions !== of) return file;
  const met = reading.columns.flatMap((column) => column.missing.map(({ value }) => value)).filter((value) => value !== "");
  return {
    ...file,
    understood: { state: "understood", reading, of, error: null },
    spellings: [...new Set([...file.spellings, ...met])],
  };
}

/** The file once its first rows are known; of no use to a file of which more is known, or that is read otherwise by now. */
export function withGlimpse(file: ImportFile, of: Decisions, glimpse: Reading | null): ImportFile {
  return file.decisions === of && file.understood.state === "reading" ? { ...file, understood: { state: "reading", glimpse } } : file;
}

/** The file after a refusal; what was understood before stays in sight. */
export function withRefusal(file: ImportFile, of: Decisions, error: AppError): ImportFile {
  if (file.decisions !== of) return file;
  const { understood } = file;
  return { ...file, understood: understood.state === "understood" ? { ...understood, error } : { state: "unreadable", error } };
}

/** The file after a decision. */
export function withDecision(file: ImportFile, change: { sheet?: string; options?: Partial<ReadingOptions> }): ImportFile {
  const { sheet, options } = file.decisions;
  const decisions = {
    sheet: change.sheet ?? sheet,
    // Another sheet holds other tables.
    options: { ...options, ...(change.sheet === undefined ? {} : { table: null }), ...change.options },
  };
  const { understood } = file;
  return {
    ...file,
    decisions,
    fate: { state: "open" },
    understood:
      understood.state === "understood" ? { ...understood, error: null } : { state: "reading", glimpse: null },
  };
}

export function isDecided({ sheet, options }: Decisions): boolean {
  return sheet !== null || Object.values(options).some((value) => value !== null);
}

/** The preview shows an earlier decision, and the answer to the newest is on its way. */
export function isBusy({ understood, decisions }: ImportFile): boolean {
  return understood.state === "understood" && understood.error === null && understood.of !== decisions;
}

/** Sheets that hold something and are shown in the workbook, or else all that hold something. */
export function usableSheets(sheets: readonly SheetInfo[]): readonly SheetInfo[] {
  const filled = sheets.filter(({ n_rows, n_columns }) => n_rows > 0 && n_columns > 0);
  const shown = filled.filter(({ hidden }) => !hidden);
  return shown.length > 0 ? shown : filled;
}

/** Something that only a person can know. */
export type Ask =
  | { about: "sheet"; sheets: readonly SheetInfo[] }
  | { about: "table" }
  | { about: "column"; column: ColumnReading };

/** What is to be asked about a file, as far as it is understood. */
export function asksOf({ understood, sheets, decisions }: ImportFile): readonly Ask[] {
  if (understood.state !== "understood") return [];
  const { reading } = understood;
  const usable = usableSheets(sheets ?? []);
  const asks: Ask[] = [];
  if (usable.length > 1 && decisions.sheet === null) asks.push({ about: "sheet", sheets: usable });
  if (reading.tables.length > 1 && decisions.options.table === null) asks.push({ about: "table" });
  for (const column of reading.columns) if (column.question !== null) asks.push({ about: "column", column });
  return asks;
}

/** Why the file cannot be imported as it stands; null where it can, or where that is not known yet. */
export function troubleOf({ fileName, understood, fate }: ImportFile): AppError | null {
  if (fate.state === "failed") return fate.error;
  if (understood.state === "unreadable") return understood.error;
  if (understood.state !== "understood") return null;
  if (understood.error !== null) return understood.error;
  if (understood.reading.n_rows > 0) return null;
  return {
    code: "unusable_data",
    message: `${fileName} holds a table without rows`,
    hint: "Check which rows name the columns, or choose another file",
  };
}

/** Where a file stands. */
export type Stage = "reading" | "trouble" | "decision" | "ready" | "waiting" | "importing";

export function stageOf(file: ImportFile): Stage {
  if (file.fate.state === "waiting" || file.fate.state === "importing") return file.fate.state;
  if (troubleOf(file) !== null) return "trouble";
  if (file.understood.state === "reading" || isBusy(file) || file.sheets === null) return "reading";
  return asksOf(file).length > 0 ? "decision" : "ready";
}

/** Nothing about the file needs a person's eye: it is read whole, and in one way only. */
export function isClean(file: ImportFile): boolean {
  const { understood } = file;
  if (stageOf(file) !== "ready" || understood.state !== "understood") return false;
  const { n_problems, skipped, columns } = understood.reading;
  // One column alone is a table that was not cut, more often than a table.
  return n_problems === 0 && skipped.length === 0 && columns.length > 1;
}

/**
 * What to do with files that nobody looks at yet: wait for the rest, import
 * them without a word, ask, or say that none can be read.
 */
export function nextStep(files: readonly ImportFile[]): "wait" | "import" | "ask" | "refuse" {
  const stages = files.map(stageOf);
  const isTrouble = (stage: Stage) => stage === "trouble";
  if (files.some((file, index) => stages[index] === "decision" || (stages[index] === "ready" && !isClean(file)))) return "ask";
  if (stages.includes("reading")) return "wait";
  if (stages.length === 0 || stages.every(isTrouble)) return "refuse";
  return stages.some(isTrouble) ? "ask" : "import";
}

/** The file to look at next: one with a decision, else one that is ready, else any. */
export function nextToShow(files: readonly ImportFile[]): string | null {
  const of = (stage: Stage) => files.find((file) => stageOf(file) === stage);
  return (of("decision") ?? of("ready") ?? of("reading") ?? files[0])?.key ?? null;
}

/** Whether a dataset made once more would be the one that is there. */
export function isAsBefore({ before, decisions }: ImportFile): boolean {
  return before !== null && JSON.stringify(before.decisions) === JSON.stringify(decisions);
}

/** The dataset that a file read anew takes the place of; null where that one was there before, or is in use. */
export function replacedBy(file: ImportFile, made: DatasetId, isInUse: (id: DatasetId) => boolean): Dataset | null {
  const { before } = file;
  if (before === null || !before.isNew || before.dataset.id === made || isInUse(before.dataset.id)) return null;
  return before.dataset;
}
