/** How files come in: dropped or chosen, understood in the background, asked about where need be, imported. */
import * as api from "../api";
import { coalesced, type Coalesced } from "../state/coalesce";
import {
  fileAgain,
  fileNameOf,
  isAsBefore,
  isDecided,
  newFile,
  nextStep,
  nextToShow,
  replacedBy,
  stageOf,
  withDecision,
  withGlimpse,
  withReading,
  withRefusal,
  NOTHING_DECIDED,
  type ImportedFile,
  type ImportFile,
} from "../state/import-files";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { changeFile, useImportsStore } from "../state/zustand/imports-store";
import { useJobsStore } from "../state/zustand/jobs-store";
import type { DatasetId, Reading, ReadingOptions, WorkId } from "../types";
import { deleteDataset, loadDatasets, renameDataset, selectDataset } from "./datasets";
import { stopWork, watched } from "./work";

/** A file is read again at most so often while a person types. */
const LEAST_MS = 150;

const readers = new Map<string, Coalesced>();

function fileOf(key: string): ImportFile | undefined {
  return useImportsStore.getState().files.find((file) => file.key === key);
}

/** So many files are read at once; each is held in memory meanwhile. */
const MOST_AT_ONCE = 3;

let readNow = 0;
const waiting: (() => void)[] = [];

async function inTurn(work: () => Promise<void>): Promise<void> {
  if (readNow < MOST_AT_ONCE) readNow += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    await work();
  } finally {
    const next = waiting.shift();
    // The next one takes the place over.
    if (next === undefined) readNow -= 1;
    else next();
  }
}

/** Does work on a file under a name that is kept with it, so that it can be watched and stopped. */
function watchedFile<T>(key: string, work: (name: WorkId) => Promise<T>): Promise<T> {
  return watched(async (name) => {
    changeFile(key, (file) => ({ ...file, work: name }));
    try {
      return await work(name);
    } finally {
      changeFile(key, (file) => (file.work === name ? { ...file, work: null } : file));
    }
  });
}

/** Ends what the core is doing with a file; its answer is not waited for. */
function stopFile(key: string): void {
  const work = fileOf(key)?.work ?? null;
  if (work !== null) void stopWork(work);
}

/** A file that is read whole by then shows nothing else before. */
const GLIMPSE_AFTER_MS = 200;

/** Its first rows, for whoever waits for all of it. */
async function glance(key: string): Promise<void> {
  const file = fileOf(key);
  if (file?.understood.state !== "reading") return;
  const { path, decisions } = file;
  // What is wrong with the file is told once all of it is read.
  const [glimpse] = await Promise.all([
    api.datasets.glance(path, decisions.sheet, decisions.options).catch(() => null),
    new Promise((resolve) => setTimeout(resolve, GLIMPSE_AFTER_MS)),
  ]);
  changeFile(key, (now) => withGlimpse(now, decisions, glimpse));
}

/** Reads the file as it is decided now; an answer that comes after another decision is dropped. */
async function understand(key: string): Promise<void> {
  const file = fileOf(key);
  if (file === undefined) return;
  const { path, decisions } = file;
  void glance(key);
  try {
    const reading = await watchedFile(key, (work) => api.datasets.understand(path, decisions.sheet, decisions.options, work));
    changeFile(key, (now) => withReading(now, decisions, reading));
    await learnSheets(key, reading);
  } catch (caught) {
    changeFile(key, (now) => withRefusal(now, decisions, api.asAppError(caught)));
  }
  settle();
}

/** The sizes of a workbook's sheets, which a reading of one sheet does not give. */
async function learnSheets(key: string, reading: Reading): Promise<void> {
  const file = fileOf(key);
  if (file === undefined || file.sheets !== null) return;
  // Without sizes there is less to choose by, and nothing is lost.
  const sheets = reading.sheets.length > 1 ? await api.datasets.sheets(file.path).catch(() => reading.sheets) : reading.sheets;
  changeFile(key, (now) => ({ ...now, sheets }));
}

function readSoon(key: string): void {
  const read = () => {
    const file = fileOf(key);
    // Whoever decides looks at the preview, and need not wait for other files.
    return file !== undefined && isDecided(file.decisions) ? understand(key) : inTurn(() => understand(key));
  };
  const reader = readers.get(key) ?? coalesced(read, LEAST_MS);
  readers.set(key, reader);
  reader.ask();
}

/** Goes on with files that nobody looks at yet. */
function settle(): void {
  const { files, isAsking } = useImportsStore.getState();
  if (isAsking) return;
  const open = files.filter(({ fate }) => fate.state === "open");
  switch (nextStep(open)) {
    case "ask":
      useImportsStore.setState({ isAsking: true, shown: nextToShow(open), said: "" });
      break;
    case "import":
      void importFiles(open.map(({ key }) => key));
      break;
    case "wait":
    case "refuse":
      break;
  }
}

function forget(keys: readonly string[]): void {
  for (const key of keys) {
    stopFile(key);
    readers.get(key)?.stop();
    readers.delete(key);
    const file = fileOf(key);
    // What stays there until the app is closed costs room and nothing else.
    if (file !== undefined) api.datasets.giveUp(file.path).catch(() => undefined);
  }
  useImportsStore.setState((state) => {
    const files = state.files.filter(({ key }) => !keys.includes(key));
    const shown = files.some(({ key }) => key === state.shown) ? state.shown : nextToShow(files);
    return { files, shown, isAsking: state.isAsking && files.length > 0 };
  });
}

let filesSoFar = 0;

/** Takes files in. What can be read whole and in one way only becomes a dataset at once; the rest is asked about. */
export function takeFiles(paths: readonly string[]): void {
  const before = useImportsStore.getState();
  // A new attempt makes the complaints about the last one stale.
  if (!before.isAsking) forget(before.files.filter((file) => stageOf(file) === "trouble").map(({ key }) => key));
  const there = new Set(useImportsStore.getState().files.map(({ path }) => path));
  const added = [...new Set(paths)]
    .filter((path) => !there.has(path))
    .map((path) => {
      filesSoFar += 1;
      return newFile(`file-${filesSoFar}`, path);
    });
  useImportsStore.setState(({ files, imported }) => ({
    files: [...files, ...added],
    imported: before.isAsking ? imported : [],
  }));
  for (const { key } of added) readSoon(key);
}

/** Asks for files in the system's dialog and takes them in. */
export async function openFiles(): Promise<void> {
  takeFiles(await api.chooseTables());
}

/** Files dropped on the window. */
export function listenToFileDrops(): Promise<() => void> {
  return api.onFileDrag((drag) => {
    useImportsStore.setState({ isDragOver: drag.state === "over" });
    if (drag.state === "dropped") takeFiles(drag.paths);
  });
}

export function showFile(key: string): void {
  useImportsStore.setState({ shown: key });
}

/** Opens the dialog with a file that could not be read as it was. */
export function askAbout(key: string): void {
  useImportsStore.setState({ isAsking: true, shown: key, said: "" });
}

/** Opens the dialog with a file that was imported without a question. */
export function reviewImported(imported: ImportedFile): void {
  const file = fileAgain(imported);
  useImportsStore.setState(({ files }) => ({
    files: [...files.filter(({ key }) => key !== file.key), file],
    isAsking: true,
    shown: file.key,
    said: "",
  }));
  void learnSheets(file.key, imported.reading);
}

/** Decides how a file is read; the preview follows. */
export function decide(key: string, change: { sheet?: string; options?: Partial<ReadingOptions> }): void {
  // The answer to an earlier decision is of no use any more.
  stopFile(key);
  changeFile(key, (file) => withDecision(file, change));
  readSoon(key);
}

/** Reads a file again as it was found. */
export function undoDecisions(key: string): void {
  changeFile(key, (file) => ({ ...withDecision(file, {}), decisions: { ...NOTHING_DECIDED } }));
  readSoon(key);
}

/** Leaves a file out. */
export function skipFile(key: string): void {
  forget([key]);
}

/** Closes the dialog. Nothing more is imported; what was being imported is stopped. */
export function cancelImports(): void {
  const { files } = useImportsStore.getState();
  useImportsStore.setState({ isAsking: false, said: "" });
  forget(files.filter(({ fate }) => fate.state !== "importing").map(({ key }) => key));
  for (const { key } of files) stopFile(key);
}

/** Stops the import of a file; where it is too late for that, it arrives. */
export function stopImport(key: string): void {
  stopFile(key);
}

export function dismissImported(key: string): void {
  useImportsStore.setState(({ imported }) => ({ imported: imported.filter((one) => one.key !== key) }));
}

/** One after the other, so that the last one ends up chosen. */
let queue: Promise<void> = Promise.resolve();

/** Does again what failed: the import, or the reading before it. */
export function tryAgain(key: string): void {
  if (fileOf(key)?.fate.state === "failed") {
    void importFiles([key]);
    return;
  }
  changeFile(key, (file) => withDecision(file, {}));
  readSoon(key);
}

/** Makes datasets of these files, as they were decided. */
export function importFiles(keys: readonly string[]): Promise<void> {
  for (const key of keys) changeFile(key, (file) => ({ ...file, fate: { state: "waiting" } }));
  queue = queue.then(async () => {
    for (const key of keys) await importFile(key);
  });
  return queue;
}

async function importFile(key: string): Promise<void> {
  const file = fileOf(key);
  // Cancelled meanwhile.
  if (file?.fate.state !== "waiting") return;
  if (isAsBefore(file)) {
    forget([key]);
    return;
  }
  const { path, decisions, understood } = file;
  const { registry } = useDatasetsStore.getState();
  changeFile(key, (now) => ({ ...now, fate: { state: "importing" } }));
  try {
    const dataset = await watchedFile(key, (work) => api.datasets.import(path, null, decisions.sheet, decisions.options, work));
    const isNew = registry.state === "ready" && !registry.value.some(({ id }) => id === dataset.id);
    await loadDatasets();
    selectDataset(dataset.id);
    await replaceEarlier(file, dataset.id);
    const { isAsking } = useImportsStore.getState();
    useImportsStore.setState(({ imported }) => ({
      said: `${fileNameOf(path)} was imported.`,
      imported:
        isAsking || understood.state !== "understood"
          ? imported.filter((one) => one.key !== key)
          : [...imported, { key, path, fileName: file.fileName, dataset, decisions, reading: understood.reading, isNew }],
    }));
    forget([key]);
  } catch (caught) {
    const error = api.asAppError(caught);
    if (error.code === "cancelled") forget([key]);
    else changeFile(key, (now) => ({ ...now, fate: { state: "failed", error } }));
  }
}

function isInUse(id: DatasetId): boolean {
  return Object.values(useJobsStore.getState().known.jobs).some(({ spec }) => spec.dataset === id);
}

/** A file that is read anew makes one dataset, not two; one that something was trained on stays. */
async function replaceEarlier(file: ImportFile, made: DatasetId): Promise<void> {
  const earlier = replacedBy(file, made, isInUse);
  if (earlier === null) return;
  const { registry } = useDatasetsStore.getState();
  const known = registry.state === "ready" ? registry.value : [];
  const [old, dataset] = [known.find(({ id }) => id === earlier.id), known.find(({ id }) => id === made)];
  if (old === undefined || dataset === undefined) return;
  await deleteDataset(old);
  await renameDataset(dataset, old.name);
}
