/** What a person set up and finds again: the dataset, and how much of its table is seen. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import type { DatasetId } from "../../types";

interface Preferences {
  dataset: DatasetId | null;
  tableOpen: boolean;
  /** Pixels. */
  tableHeight: number;
}

export const TABLE_HEIGHT = { min: 140, initial: 267, max: 900 };

export const usePreferencesStore = create<Preferences>()(
  persist<Preferences>(() => ({ dataset: null, tableOpen: true, tableHeight: TABLE_HEIGHT.initial }), {
    name: "retort.ml",
  }),
);
