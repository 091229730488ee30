import { useMemo } from "react";
import { recentFirst, type RecentDataset } from "../state/recent-datasets";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useJobsStore } from "../state/zustand/jobs-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import type { AppError, Dataset, DatasetId, Loadable } from "../types";

/** All datasets, samples among them. */
export function useDatasets(): Loadable<readonly Dataset[]> {
  return useDatasetsStore((state) => state.registry);
}

/** The dataset of that id; null where it is not there, or not any more. */
export function useDataset(id: DatasetId): Dataset | null {
  return useDatasetsStore(({ registry }) => (registry.state === "ready" ? (registry.value.find((one) => one.id === id) ?? null) : null));
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

/** All datasets with their last use, the newest first. */
export function useRecentDatasets(): Loadable<readonly RecentDataset[]> {
  const registry = useDatasetsStore((state) => state.registry);
  const jobs = useJobsStore((state) => state.known.jobs);
  return useMemo(
    () => (registry.state === "ready" ? { state: "ready", value: recentFirst(registry.value, Object.values(jobs)) } : registry),
    [registry, jobs],
  );
}
