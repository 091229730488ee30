import { useWorkStore } from "../state/zustand/work-store";
import type { WorkId } from "../types";

/** How far the work has come, 0 to 1; null before that is known. */
export function useWorkShare(work: WorkId | null): number | null {
  return useWorkStore(({ shares }) => (work === null ? null : (shares[work] ?? null)));
}
