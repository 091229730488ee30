/** How datasets stand to the files that they were read from. Written by orchestrators only. */
import { create } from "zustand";
import type { Dataset, DatasetId, Refreshed, SourceState, WorkId } from "../../types";

/** What came of reading a file again, until it is dismissed. */
export interface RefreshNews {
  before: Dataset;
  refreshed: Refreshed;
}

interface SourcesState {
  /** As last looked at. */
  states: Partial<Record<DatasetId, SourceState>>;
  /** The dataset whose file is being read again, and the core's work on it. */
  refreshing: { id: DatasetId; work: WorkId } | null;
  /** Datasets whose changed files a person does not want to hear of now. */
  putOff: readonly DatasetId[];
  news: RefreshNews | null;
}

export const NO_SOURCES: SourcesState = { states: {}, refreshing: null, putOff: [], news: null };

export const useSourcesStore = create<SourcesState>()(() => NO_SOURCES);
