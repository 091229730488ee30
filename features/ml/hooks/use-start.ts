import { useJobsStore, type Start } from "../state/zustand/jobs-store";

/** What became of the last press of Train. */
export function useStart(): Start {
  return useJobsStore((state) => state.start);
}
