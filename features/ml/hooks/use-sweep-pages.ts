import { useCallback } from "react";
import { useJobsStore } from "../state/zustand/jobs-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { isSweep, type PageMode, type Run, type SweepJob } from "../types";

/** Whether the pages train or sweep; remembered. In a file of its own, so that pages load without all that sweeps need. */
export function usePageMode(): PageMode {
  return usePreferencesStore((state) => state.mode);
}

/** The sweep that a run was made by; null where a person trained it. */
export function useSweepOfRun(run: Run): SweepJob | null {
  const job = useJobsStore((state) => state.known.jobs[run.job_id]);
  return job !== undefined && isSweep(job) ? job : null;
}

/** Tells runs made by sweeps from those that a person trained. */
export function useIsSweepRun(): (run: Run) => boolean {
  const jobs = useJobsStore((state) => state.known.jobs);
  return useCallback((run: Run) => jobs[run.job_id]?.spec.kind === "sweep", [jobs]);
}
