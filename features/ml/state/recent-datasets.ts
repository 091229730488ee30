/** Which dataset was used when. Pure. */
import type { Dataset, DatasetId, Job } from "../types";

export interface RecentDataset {
  dataset: Dataset;
  /** When the newest job on it was started, milliseconds; null where there was none. */
  usedAt: number | null;
}

/** Datasets by their last use or, before the first one, their import; the newest first. */
export function recentFirst(datasets: readonly Dataset[], jobs: Iterable<Job>): RecentDataset[] {
  const used = new Map<DatasetId, number>();
  for (const { spec, created_at } of jobs) {
    if (created_at !== null) used.set(spec.dataset, Math.max(used.get(spec.dataset) ?? 0, created_at));
  }
  return datasets
    .map((dataset) => ({ dataset, usedAt: used.get(dataset.id) ?? null }))
    .sort((a, b) => newest(b) - newest(a) || a.dataset.name.localeCompare(b.dataset.name));
}

function newest({ dataset, usedAt }: RecentDataset): number {
  return Math.max(usedAt ?? 0, dataset.imported_at ?? 0);
}
