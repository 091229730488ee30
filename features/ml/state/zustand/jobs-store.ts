/** Jobs, runs and epochs by id, and which run each page shows. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError, EpochRecord, Loadable, Platform, RunId } from "../../types";
import { mergeEpochs, NOTHING_KNOWN, type JobsKnown } from "../job-events";

/** What became of the person's last press of Train. */
export type Start = { state: "idle" } | { state: "starting" } | { state: "failed"; error: AppError };

interface JobsState {
  known: JobsKnown;
  /** Whether the history has arrived. */
  history: Loadable<true>;
  start: Start;
  /** The run opened on a platform's page; without one the latest shows. */
  opened: Partial<Record<Platform, RunId>>;
  /** Trouble with one run (renaming, deleting, cancelling, fetching), where the run is shown. */
  troubles: Partial<Record<RunId, AppError>>;
}

export const useJobsStore = create<JobsState>()(() => ({
  known: NOTHING_KNOWN,
  history: { state: "loading" },
  start: { state: "idle" },
  opened: {},
  troubles: {},
}));

export function changeKnown(change: (known: JobsKnown) => JobsKnown): void {
  useJobsStore.setState((state) => {
    const known = change(state.known);
    return known === state.known ? state : { known };
  });
}

export function addEpochs(run: RunId, records: readonly EpochRecord[]): void {
  changeKnown((known) => ({
    ...known,
    epochs: { ...known.epochs, [run]: mergeEpochs(records, known.epochs[run] ?? []) },
  }));
}

export function setTrouble(run: RunId, error: AppError | null): void {
  useJobsStore.setState(({ troubles }) => ({ troubles: { ...troubles, [run]: error ?? undefined } }));
}
