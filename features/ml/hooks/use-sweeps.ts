import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import {
  errorOf,
  readColumns,
  readCurves,
  readImportance,
  readSnapshot,
  readTrials,
} from "../orchestrators/sweeps";
import { coalesced } from "../state/coalesce";
import { TrialPages, type TrialRows } from "../state/trial-pages";
import { FIRST_VIEW, queryOf, refKey, type TrialView } from "../state/trial-view";
import { useJobsStore } from "../state/zustand/jobs-store";
import { useSweepsStore } from "../state/zustand/sweeps-store";
import {
  type AppError,
  type JobId,
  type ParameterImportance,
  type Platform,
  type Run,
  type RunId,
  type SweepSnapshot,
  type TrialColumns,
  type TrialColumnsQuery,
  type TrialCounts,
  type TrialCurve,
  type TrialRef,
} from "../types";
import { useLive, type Live } from "./use-live";

/** The snapshot and the rows in sight follow at this pace; a person reads no faster. */
const SOON_MS = 500;
/** Charts ask for every trial. */
const LATER_MS = 2000;
/** The core takes seconds for it. */
const MUCH_LATER_MS = 10_000;

export function useRun(id: RunId | null | undefined): Run | null {
  return useJobsStore((state) => (id === null || id === undefined ? null : (state.known.runs[id] ?? null)));
}

/** How many trials stand where, as last told; null before anything was told. */
export function useTrialCounts(id: JobId): TrialCounts | null {
  return useJobsStore((state) => state.known.counts[id] ?? null);
}

export function useSweepTrouble(id: JobId): AppError | null {
  return useSweepsStore((state) => state.troubles[id] ?? null);
}

export function useTrialView(id: JobId): TrialView {
  return useSweepsStore((state) => state.views[id] ?? FIRST_VIEW);
}

/** Changes whenever something of the sweep has. */
function useRevision(id: JobId): number {
  return useJobsStore((state) => state.known.lastSeq[id] ?? 0);
}

/** The sweep at a glance, followed as it runs. */
export function useSweepSnapshot(id: JobId): Live<SweepSnapshot> {
  const revision = useRevision(id);
  return useLive(id, () => readSnapshot(id), { revision, leastMs: SOON_MS });
}

/** What a chart asks of the trials, once it `isWanted`. */
export function useTrialColumns(id: JobId, query: TrialColumnsQuery, isWanted: boolean): Live<TrialColumns> {
  const revision = useRevision(id);
  const measured = useSweepsStore((state) => state.measured[id] ?? 0);
  const key = isWanted ? `${id} ${measured} ${JSON.stringify(query)}` : null;
  return useLive(key, () => readColumns(id, query), { revision, leastMs: LATER_MS });
}

/** The epochs of these trials. */
export function useTrialCurves(id: JobId, trials: readonly TrialRef[]): Live<TrialCurve[]> {
  const revision = useRevision(id);
  const key = trials.length === 0 ? null : `${id} ${trials.map(refKey).join(",")}`;
  return useLive(key, () => readCurves(id, trials), { revision, leastMs: LATER_MS });
}

/** How much each parameter matters on each of these platforms. */
export function useImportance(
  id: JobId,
  platforms: readonly Platform[],
): Live<{ platform: Platform; shares: ParameterImportance[] }[]> {
  const revision = useRevision(id);
  return useLive(
    `${id} ${platforms.join(",")}`,
    () => Promise.all(platforms.map(async (platform) => ({ platform, shares: await readImportance(id, platform) }))),
    { revision, leastMs: MUCH_LATER_MS },
  );
}

export interface LiveTrials extends TrialRows {
  /** Told which rows are in sight, first and last. */
  onRange: (first: number, last: number) => void;
  retry: () => void;
}

/** Rows of the table in the view's order, page by page as they come into sight. Mount anew for another sweep. */
export function useTrialRows(id: JobId, view: TrialView, isHigherBetter: boolean): LiveTrials {
  const revision = useRevision(id);
  const key = JSON.stringify([view.sort, view.filter, view.brush]);
  const read = useCallback(
    (offset: number, limit: number) => readTrials(id, queryOf(view, isHigherBetter, offset, limit)),
    // Of the view, the key says all that matters for the question.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [id, key, isHigherBetter],
  );
  const [pages] = useState(() => new TrialPages(read, errorOf));
  const [refreshing] = useState(() => coalesced(() => pages.refresh(), SOON_MS));
  useEffect(() => {
    void pages.change(read);
  }, [pages, read]);
  useEffect(() => {
    refreshing.ask();
  }, [refreshing, revision]);
  const rows = useSyncExternalStore(pages.subscribe, pages.snapshot);
  return useMemo(() => ({ ...rows, onRange: pages.show, retry: () => void pages.refresh() }), [rows, pages]);
}
