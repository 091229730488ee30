/** Versions of a dataset: what was read from one file as it changed. Pure. */
import type { Dataset, DatasetId } from "../types";

/** The first version's id: the same for all versions. */
export function seriesOf({ id, first_version }: Dataset): DatasetId {
  return first_version ?? id;
}

/** All versions that are there, the newest first, the dataset itself among them. */
export function versionsOf(dataset: Dataset, all: readonly Dataset[]): Dataset[] {
  const series = seriesOf(dataset);
  return all.filter((one) => seriesOf(one) === series).sort((a, b) => b.version - a.version);
}

/** The newest of its versions; only that one follows the file. */
export function newestOf(dataset: Dataset, all: readonly Dataset[]): Dataset {
  return versionsOf(dataset, all)[0] ?? dataset;
}

/** Other datasets from the same file: other sheets, or read in another way. */
export function alsoFrom(dataset: Dataset, all: readonly Dataset[]): Dataset[] {
  const path = dataset.source?.path;
  const series = seriesOf(dataset);
  return path === undefined ? [] : all.filter((one) => one.source?.path === path && seriesOf(one) !== series);
}
