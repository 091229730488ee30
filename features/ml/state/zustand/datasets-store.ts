/** The registry of datasets as all pages share it, and imports under way. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError, Dataset, DatasetId, Import, Loadable, SheetQuestion } from "../../types";

interface DatasetsState {
  registry: Loadable<readonly Dataset[]>;
  imports: readonly Import[];
  questions: readonly SheetQuestion[];
  /** Files are being dragged over the window. */
  isDragOver: boolean;
  /** Trouble with a dataset (renaming, deleting), where it is shown. */
  troubles: Partial<Record<DatasetId, AppError>>;
}

export const useDatasetsStore = create<DatasetsState>()(() => ({
  registry: { state: "loading" },
  imports: [],
  questions: [],
  isDragOver: false,
  troubles: {},
}));
