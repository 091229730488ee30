import { useEffect } from "react";
import { checkSource } from "../orchestrators/sources";
import { newestOf } from "../state/versions";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useSourcesStore, type RefreshNews } from "../state/zustand/sources-store";
import type { Dataset, SourceState, WorkId } from "../types";

/** Whether it is the newest of its versions, which alone follows the file. */
export function useIsNewest(dataset: Dataset): boolean {
  return useDatasetsStore(({ registry }) => registry.state !== "ready" || newestOf(dataset, registry.value).id === dataset.id);
}

/** Looks at the dataset's file now, and whenever a person comes back to the window. */
export function useSourceChecks(dataset: Dataset): void {
  const { id } = dataset;
  const isFollowed = useIsNewest(dataset) && dataset.source !== null;
  useEffect(() => {
    if (!isFollowed) return undefined;
    const look = () => void checkSource(id);
    look();
    globalThis.addEventListener("focus", look);
    return () => {
      globalThis.removeEventListener("focus", look);
    };
  }, [id, isFollowed]);
}

/** How the dataset's file stood to it when it was last looked at; null before that, and for older versions. */
export function useSourceState(dataset: Dataset): SourceState | null {
  const isNewest = useIsNewest(dataset);
  return useSourcesStore(({ states }) => (isNewest ? (states[dataset.id] ?? null) : null));
}

/** Whether a person has said not to be told of the change now. */
export function useIsPutOff({ id }: Dataset): boolean {
  return useSourcesStore(({ putOff }) => putOff.includes(id));
}

/** Whether some file is being read again. */
export function useIsRefreshing(): boolean {
  return useSourcesStore(({ refreshing }) => refreshing !== null);
}

/** The core's work on reading this dataset's file again; null where there is none. */
export function useRefreshWork({ id }: Dataset): WorkId | null {
  return useSourcesStore(({ refreshing }) => (refreshing?.id === id ? refreshing.work : null));
}

/** What came of reading a file again. */
export function useRefreshNews(): RefreshNews | null {
  return useSourcesStore(({ news }) => news);
}
