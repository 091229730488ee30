/** In a file of its own, so that pages load without all that distillations need. */
import { useCallback } from "react";
import { useJobsStore } from "../state/zustand/jobs-store";
import { isDistillation, type DistillationJob, type Run } from "../types";

/** Finds the distillation that a run was made by; null where it was none. */
export function useDistillationOf(): (run: Run) => DistillationJob | null {
  const jobs = useJobsStore((state) => state.known.jobs);
  return useCallback(
    (run: Run) => {
      const job = jobs[run.job_id];
      return job !== undefined && isDistillation(job) ? job : null;
    },
    [jobs],
  );
}
