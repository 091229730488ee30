import { useEffect, useMemo } from "react";
import { loadEpochs } from "../orchestrators/follow-jobs";
import { useJobsStore } from "../state/zustand/jobs-store";
import type { AppError, Dataset, EpochRecord, Loadable, Platform, Run, RunId } from "../types";

/** Newest first: run ids sort by time. */
function newestFirst(a: Run, b: Run): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** The history, newest first. */
export function useRuns(): Loadable<readonly Run[]> {
  const history = useJobsStore((state) => state.history);
  const runs = useJobsStore((state) => state.known.runs);
  return useMemo(
    () => (history.state === "ready" ? { state: "ready", value: Object.values(runs).sort(newestFirst) } : history),
    [history, runs],
  );
}

/** The run that a platform's page shows: the one opened there, else the latest on the dataset. */
export function useShownRun(platform: Platform, dataset: Dataset | null): { run: Run | null; isOpened: boolean } {
  const opened = useJobsStore((state) => state.opened[platform]);
  const runs = useJobsStore((state) => state.known.runs);
  return useMemo(() => {
    const chosen = opened === undefined ? undefined : runs[opened];
    if (chosen !== undefined) return { run: chosen, isOpened: true };
    const latest = Object.values(runs)
      .filter((run) => run.platform === platform && run.dataset.id === dataset?.id)
      .sort(newestFirst)[0];
    return { run: latest ?? null, isOpened: false };
  }, [opened, runs, platform, dataset?.id]);
}

/** Runs of the same job on the other platforms. */
export function usePartners(run: Run | null): readonly Run[] {
  const runs = useJobsStore((state) => state.known.runs);
  return useMemo(
    () =>
      run === null
        ? []
        : Object.values(runs).filter((other) => other.job_id === run.job_id && other.id !== run.id),
    [runs, run],
  );
}

const NO_EPOCHS: readonly EpochRecord[] = [];

/** The epochs of a run, fetched where they are not here. */
export function useEpochs(run: Run | null): readonly EpochRecord[] {
  const id = run?.id;
  const missing = useJobsStore((state) =>
    id === undefined ? false : (state.known.epochs[id]?.length ?? 0) < (state.known.runs[id]?.epoch ?? 0),
  );
  useEffect(() => {
    if (id !== undefined && missing) void loadEpochs(id);
  }, [id, missing]);
  return useJobsStore((state) => (id === undefined ? NO_EPOCHS : (state.known.epochs[id] ?? NO_EPOCHS)));
}

/** Trouble with doing something to a run. */
export function useRunTrouble(id: RunId): AppError | null {
  return useJobsStore((state) => state.troubles[id] ?? null);
}

/** Why a run had to start again, while it runs. */
export function useInterruption(id: RunId): string | null {
  return useJobsStore((state) => state.known.interruptions[id] ?? null);
}

/** Runs among these with which something went wrong. */
export function useRunTroubles(runs: readonly Run[]): { run: Run; error: AppError }[] {
  const troubles = useJobsStore((state) => state.troubles);
  return runs.flatMap((run) => {
    const error = troubles[run.id];
    return error === undefined ? [] : [{ run, error }];
  });
}
