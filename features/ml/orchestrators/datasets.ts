/** What a person does with datasets: choose, rename, note, tag, delete. How files come in is the business of `imports`. */
import * as api from "../api";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import type { AppError, Dataset, DatasetDetails, DatasetId } from "../types";

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

/** Runs `action` for a dataset; what goes wrong is shown with it. */
export async function attempt(id: DatasetId, action: () => Promise<unknown>): Promise<void> {
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

export async function noteDataset({ id, notes }: Dataset, text: string): Promise<void> {
  if (text.trimEnd() !== notes) await attempt(id, () => api.datasets.annotate(id, text, null));
}

export async function tagDataset({ id }: Dataset, tags: readonly string[]): Promise<void> {
  await attempt(id, () => api.datasets.annotate(id, null, [...tags]));
}

/** Room that a dataset takes, and what was trained on it. */
export function readDetails(id: DatasetId): Promise<DatasetDetails> {
  return api.datasets.details(id);
}

export async function deleteDataset({ id }: Dataset): Promise<void> {
  await attempt(id, () => api.datasets.delete(id));
}
