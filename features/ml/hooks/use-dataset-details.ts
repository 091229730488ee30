import { useMemo } from "react";
import { readDetails } from "../orchestrators/datasets";
import { alsoFrom, versionsOf } from "../state/versions";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useJobsStore } from "../state/zustand/jobs-store";
import type { Dataset, DatasetDetails } from "../types";
import { useRested, type Rested } from "./use-rested";

/** Room that the dataset takes, and what was trained on it; asked anew as jobs come and go. */
export function useDatasetDetails({ id }: Dataset, isWanted: boolean): Rested<DatasetDetails> {
  const nJobs = useJobsStore(({ known }) => Object.keys(known.jobs).length);
  return useRested(isWanted ? id : null, readDetails, nJobs);
}

/** Versions of the dataset, the newest first, and others from the same file. */
export function useRelatives(dataset: Dataset): { versions: readonly Dataset[]; others: readonly Dataset[] } {
  const registry = useDatasetsStore((state) => state.registry);
  return useMemo(() => {
    const all = registry.state === "ready" ? registry.value : [];
    return { versions: versionsOf(dataset, all), others: alsoFrom(dataset, all) };
  }, [dataset, registry]);
}
