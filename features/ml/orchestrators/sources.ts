/** The files behind datasets: notice that one has changed, and read it again when a person says so. */
import * as api from "../api";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useSourcesStore } from "../state/zustand/sources-store";
import type { Dataset, DatasetId, SourceState } from "../types";
import { attempt, loadDatasets, selectDataset } from "./datasets";
import { stopWork, watched } from "./work";

const looking = new Set<DatasetId>();

function setState(id: DatasetId, state: SourceState): void {
  useSourcesStore.setState(({ states }) => (states[id] === state ? {} : { states: { ...states, [id]: state } }));
}

/** Looks whether the file has changed since it was read. */
export async function checkSource(id: DatasetId): Promise<void> {
  // A look may take seconds where a large file has to be read for it.
  if (looking.has(id)) return;
  looking.add(id);
  try {
    setState(id, await api.datasets.source(id));
  } catch {
    // Whoever asks for the file itself is told; a glance at it need not be.
    setState(id, "unknown");
  } finally {
    looking.delete(id);
  }
}

/** Reads the file again, and shows what came of it. Trouble stands with the dataset. */
export async function refreshDataset(dataset: Dataset): Promise<void> {
  const { id } = dataset;
  if (useSourcesStore.getState().refreshing !== null) return;
  await attempt(id, async () => {
    const refreshed = await watched((work) => {
      useSourcesStore.setState({ refreshing: { id, work }, news: null });
      return api.datasets.refresh(id, work);
    }).catch((caught: unknown) => {
      if (api.asAppError(caught).code === "cancelled") return null;
      throw caught;
    });
    if (refreshed === null) return;
    await loadDatasets();
    setState(id, "unchanged");
    setState(refreshed.dataset.id, "unchanged");
    useSourcesStore.setState({ news: { before: dataset, refreshed } });
    if (refreshed.outcome === "new_version") selectDataset(refreshed.dataset.id);
  });
  useSourcesStore.setState({ refreshing: null });
}

export async function stopRefresh(): Promise<void> {
  const { refreshing } = useSourcesStore.getState();
  if (refreshing !== null) await stopWork(refreshing.work);
}

/** The change of the file is not spoken of until it is looked for anew. */
export function putOffRefresh({ id }: Dataset): void {
  useSourcesStore.setState(({ putOff }) => ({ putOff: [...putOff, id] }));
  useDatasetsStore.setState(({ troubles }) => ({ troubles: { ...troubles, [id]: undefined } }));
}

export function dismissNews(): void {
  useSourcesStore.setState({ news: null });
}
