/** What a person set up and finds again: the dataset, how much of its table is seen, and what the pages are for. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import type { DatasetId, PageMode } from "../../types";

interface Preferences {
  dataset: DatasetId | null;
  tableOpen: boolean;
  /** Pixels. */
  tableHeight: number;
  mode: PageMode;
  /** Keys of warnings that a person does not want to see again. */
  dismissedWarnings: Partial<Record<DatasetId, readonly string[]>>;
}

export const TABLE_HEIGHT = { min: 180, initial: 298, max: 900 };

export const usePreferencesStore = create<Preferences>()(
  persist<Preferences>(
    () => ({
      dataset: null,
      tableOpen: true,
      tableHeight: TABLE_HEIGHT.initial,
      mode: "train",
      dismissedWarnings: {},
    }),
    { name: "retort.ml" },
  ),
);
