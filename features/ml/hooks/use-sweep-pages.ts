import { useCallback, useEffect, useMemo } from "react";
import { readSweepAhead } from "../orchestrators/sweep-pages";
import { useJobsStore } from "../state/zustand/jobs-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { useSweepsStore } from "../state/zustand/sweeps-store";
import { isSweep, type Dataset, type Loadable, type PageMode, type Platform, type Run, type SweepJob } from "../types";

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

function newestFirst(a: SweepJob, b: SweepJob): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** The sweeps of a dataset that a platform takes part in, newest first. */
export function useSweeps(platform: Platform, dataset: Dataset | null): Loadable<readonly SweepJob[]> {
  const history = useJobsStore((state) => state.history);
  const jobs = useJobsStore((state) => state.known.jobs);
  return useMemo(() => {
    const sweeps = Object.values(jobs)
      .filter(isSweep)
      .filter(({ spec }) => spec.dataset === dataset?.id && spec.platforms.includes(platform))
      .sort(newestFirst);
    // A sweep just started is shown although the history is still on its way.
    return history.state === "ready" || sweeps.length > 0 ? { state: "ready", value: sweeps } : history;
  }, [history, jobs, platform, dataset?.id]);
}

/** Among these, the one that was opened, else the newest. */
export function useShownSweep(sweeps: readonly SweepJob[], dataset: Dataset | null): SweepJob | null {
  const opened = useSweepsStore((state) => (dataset === null ? undefined : state.opened[dataset.id]));
  return sweeps.find((job) => job.id === opened) ?? sweeps[0] ?? null;
}

/** Lets the core read the trials of the sweep that is going to be shown. */
export function useSweepAhead(platform: Platform, dataset: Dataset | null): void {
  const sweeps = useSweeps(platform, dataset);
  const shown = useShownSweep(sweeps.state === "ready" ? sweeps.value : [], dataset);
  const id = shown?.id;
  useEffect(() => {
    if (id !== undefined) readSweepAhead(id);
  }, [id]);
}
