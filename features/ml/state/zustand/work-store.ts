/** How far named work of the core has come. Written by orchestrators only. */
import { create } from "zustand";
import type { WorkId } from "../../types";

interface WorkState {
  /** 0 to 1; only of work that goes on. */
  shares: Partial<Record<WorkId, number>>;
}

export const useWorkStore = create<WorkState>()(() => ({ shares: {} }));
