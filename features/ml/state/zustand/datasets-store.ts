/** The registry of datasets as all pages share it. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError, Dataset, DatasetId, Loadable } from "../../types";

interface DatasetsState {
  registry: Loadable<readonly Dataset[]>;
  /** Trouble with a dataset (renaming, deleting), where it is shown. */
  troubles: Partial<Record<DatasetId, AppError>>;
}

export const useDatasetsStore = create<DatasetsState>()(() => ({
  registry: { state: "loading" },
  troubles: {},
}));
