/** What a person does with datasets: open files, choose, rename, delete. */
import * as api from "../api";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import type { AppError, Dataset, DatasetId, Import, SheetQuestion } from "../types";

/** The registry as the core has it. Keeps showing what there was while it asks. */
export async function loadDatasets(): Promise<void> {
  try {
    const list = await api.datasets.list();
    useDatasetsStore.setState({ registry: { state: "ready", value: list } });
  } catch (caught) {
    useDatasetsStore.setState({ registry: { state: "failed", error: api.asAppError(caught) } });
  }
}

export function selectDataset(id: DatasetId): void {
  usePreferencesStore.setState({ dataset: id });
}

function changeImport(key: string, change: Partial<Import>): void {
  useDatasetsStore.setState(({ imports }) => ({
    imports: imports.map((one) => (one.key === key ? { ...one, ...change } : one)),
  }));
}

export function dismissImport(key: string): void {
  useDatasetsStore.setState(({ imports, questions }) => ({
    imports: imports.filter((one) => one.key !== key),
    questions: questions.filter((one) => one.importKey !== key),
  }));
}

function failImport(key: string, error: AppError): void {
  changeImport(key, { state: "failed", error });
}

async function readTable(key: string, path: string, sheet: string | null): Promise<void> {
  changeImport(key, { state: "reading" });
  try {
    const dataset = await api.datasets.import(path, null, sheet, {});
    await loadDatasets();
    selectDataset(dataset.id);
    dismissImport(key);
  } catch (caught) {
    failImport(key, api.asAppError(caught));
  }
}

let importsSoFar = 0;

async function importFile(path: string): Promise<void> {
  importsSoFar += 1;
  const key = `import-${importsSoFar}`;
  const fileName = path.split(/[\\/]/).at(-1) ?? path;
  const started: Import = { key, path, fileName, state: "reading", error: null };
  useDatasetsStore.setState(({ imports }) => ({ imports: [...imports, started] }));
  try {
    const sheets = (await api.datasets.sheets(path)).filter((sheet) => sheet.n_rows > 0 && sheet.n_columns > 0);
    if (sheets.length > 1) {
      changeImport(key, { state: "choosing" });
      const question: SheetQuestion = { importKey: key, path, fileName, sheets };
      useDatasetsStore.setState(({ questions }) => ({ questions: [...questions, question] }));
      return;
    }
    await readTable(key, path, sheets[0]?.name ?? null);
  } catch (caught) {
    failImport(key, api.asAppError(caught));
  }
}

/** Imports files one after the other, so that the last one ends up chosen. */
export async function importFiles(paths: readonly string[]): Promise<void> {
  // A new attempt makes the complaints about the last one stale.
  useDatasetsStore.setState(({ imports }) => ({ imports: imports.filter((one) => one.state !== "failed") }));
  for (const path of paths) await importFile(path);
}

/** Asks for files in the system's dialog and imports them. */
export async function openFiles(): Promise<void> {
  await importFiles(await api.chooseTables());
}

/** Goes on with the sheet that was chosen. */
export async function chooseSheet(question: SheetQuestion, sheet: string): Promise<void> {
  useDatasetsStore.setState(({ questions }) => ({
    questions: questions.filter((one) => one.importKey !== question.importKey),
  }));
  await readTable(question.importKey, question.path, sheet);
}

async function attempt(id: DatasetId, action: () => Promise<unknown>): Promise<void> {
  const setTrouble = (error: AppError | undefined) => {
    useDatasetsStore.setState(({ troubles }) => ({ troubles: { ...troubles, [id]: error } }));
  };
  setTrouble(undefined);
  try {
    await action();
    await loadDatasets();
  } catch (caught) {
    setTrouble(api.asAppError(caught));
  }
}

export async function renameDataset({ id }: Dataset, name: string): Promise<void> {
  await attempt(id, () => api.datasets.rename(id, name));
}

export async function deleteDataset({ id }: Dataset): Promise<void> {
  await attempt(id, () => api.datasets.delete(id));
}

/** Drops of files on the window. */
export function listenToFileDrops(): Promise<() => void> {
  return api.onFileDrag((drag) => {
    useDatasetsStore.setState({ isDragOver: drag.state === "over" });
    if (drag.state === "dropped") void importFiles(drag.paths);
  });
}
