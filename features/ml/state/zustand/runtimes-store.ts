/** What the last check of the frameworks' runtimes found. */
import { create } from "zustand";
import type { Loadable, RuntimeReport } from "../../types";

interface RuntimesState {
  report: Loadable<readonly RuntimeReport[]>;
}

export const useRuntimesStore = create<RuntimesState>()(() => ({ report: { state: "loading" } }));
