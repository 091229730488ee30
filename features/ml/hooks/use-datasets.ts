import { useDatasetsStore } from "../state/zustand/datasets-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import type { AppError, Dataset, DatasetId, Loadable } from "../types";

/** All datasets, samples among them. */
export function useDatasets(): Loadable<readonly Dataset[]> {
  return useDatasetsStore((state) => state.registry);
}

/** The dataset that all pages are about; null while there is none. */
export function useCurrentDataset(): Dataset | null {
  const registry = useDatasetsStore((state) => state.registry);
  const wanted = usePreferencesStore((state) => state.dataset);
  if (registry.state !== "ready") return null;
  return registry.value.find((dataset) => dataset.id === wanted) ?? registry.value[0] ?? null;
}

/** Trouble with renaming or deleting a dataset. */
export function useDatasetTrouble(id: DatasetId | undefined): AppError | null {
  return useDatasetsStore((state) => (id === undefined ? null : (state.troubles[id] ?? null)));
}
