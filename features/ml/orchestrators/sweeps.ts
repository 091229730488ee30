/** What a person does with sweeps and their trials; and the reads for the hooks that keep them. */
import * as api from "../api";
import { brushed, FIRST_VIEW, queryOf, sortAfter, withSelected, type Brush, type TrialView } from "../state/trial-view";
import { configOf } from "../state/sweep-form";
import { formAgain } from "../state/training-form";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useFormStore } from "../state/zustand/form-store";
import { useJobsStore } from "../state/zustand/jobs-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { changeView, setSweepTrouble, useSweepsStore } from "../state/zustand/sweeps-store";
import type {
  AppError,
  JobId,
  ParameterImportance,
  Platform,
  SweepJob,
  SweepPlan,
  SweepSnapshot,
  SweepSpec,
  Trial,
  TrialColumn,
  TrialColumns,
  TrialColumnsQuery,
  TrialCurve,
  TrialFilter,
  TrialPage,
  TrialQuery,
  TrialRef,
  TrialsFormat,
} from "../types";
import { catchUp } from "./follow-jobs";

/** Queues the sweep; it is on screen when this is done. Trouble stands in `start`. */
export async function startSweep(spec: SweepSpec): Promise<void> {
  useSweepsStore.setState({ start: { state: "starting" } });
  try {
    const job = await api.jobs.startSweep(spec);
    await catchUp(job);
    useSweepsStore.setState(({ opened }) => ({
      start: { state: "idle" },
      opened: { ...opened, [spec.dataset]: job },
    }));
  } catch (caught) {
    useSweepsStore.setState({ start: { state: "failed", error: api.asAppError(caught) } });
  }
}

/** Runs `action` for a sweep; what goes wrong is shown with it. True where all went well. */
async function attempt(id: JobId, action: () => Promise<unknown>): Promise<boolean> {
  setSweepTrouble(id, null);
  try {
    await action();
    return true;
  } catch (caught) {
    setSweepTrouble(id, api.asAppError(caught));
    return false;
  }
}

export function pauseSweep(id: JobId): Promise<boolean> {
  return attempt(id, () => api.jobs.pause(id));
}

export function resumeSweep(id: JobId): Promise<boolean> {
  return attempt(id, () => api.jobs.resume(id));
}

export function stopSweep(id: JobId): Promise<boolean> {
  return attempt(id, () => api.jobs.cancel(id));
}

/** Adds so many configurations; a sweep that had ended goes on. */
export function extendSweep(id: JobId, more: number): Promise<boolean> {
  return attempt(id, () => api.sweeps.extend(id, more));
}

/** Trains these again; an empty list means all that failed. */
export function retryTrials(id: JobId, trials: readonly TrialRef[]): Promise<boolean> {
  return attempt(id, () => api.sweeps.retry(id, [...trials]));
}

export function dismissTrouble(id: JobId): void {
  setSweepTrouble(id, null);
}

const FORMATS: Record<TrialsFormat, { kind: string; extension: string }> = {
  csv: { kind: "CSV", extension: "csv" },
  json: { kind: "JSON", extension: "json" },
};

/** Writes the trials that the view lets through to a file that the person chooses. True where that was done. */
export async function exportTrials(job: SweepJob, format: TrialsFormat): Promise<boolean> {
  let done = false;
  await attempt(job.id, async () => {
    const type = FORMATS[format];
    const path = await api.chooseSavePath("Save the trials", `trials-${job.id}.${type.extension}`, type);
    if (path === null) return;
    const view = useSweepsStore.getState().views[job.id] ?? FIRST_VIEW;
    await api.sweeps.export(job.id, brushed(view.filter, view.brush), format, path);
    done = true;
  });
  return done;
}

/** Puts a trial's settings into the training form and shows that. False where the dataset is gone. */
export function cloneTrial(job: SweepJob, trial: Trial): boolean {
  const { registry } = useDatasetsStore.getState();
  const dataset = registry.state === "ready" ? registry.value.find((one) => one.id === job.spec.dataset) : undefined;
  if (dataset === undefined) {
    setSweepTrouble(job.id, {
      code: "not_found",
      message: "the dataset of this sweep is no longer here",
      hint: "Open its file again to train on it",
    });
    return false;
  }
  usePreferencesStore.setState({ dataset: dataset.id, mode: "train" });
  useFormStore.setState(({ revision }) => ({
    values: formAgain(dataset, job.spec.target, configOf(job.spec, trial)),
    dataset: dataset.id,
    revision: revision + 1,
  }));
  useJobsStore.setState({ start: { state: "idle" } });
  return true;
}

/** A press on a column's head. */
export function sortTrials(id: JobId, by: TrialColumn, how: { adds: boolean; descendingFirst?: boolean }): void {
  changeView(id, ({ sort }) => ({ sort: sortAfter(sort, by, how) }));
}

export function filterTrials(id: JobId, change: (filter: TrialFilter) => TrialFilter): void {
  changeView(id, ({ filter }) => ({ filter: change(filter) }));
}

export function brushTrials(id: JobId, brush: Brush): void {
  changeView(id, () => ({ brush }));
}

export function selectTrials(id: JobId, refs: readonly TrialRef[], on: boolean): void {
  changeView(id, ({ selected }) => ({ selected: withSelected(selected, refs, on) }));
}

export function selectOnly(id: JobId, refs: readonly TrialRef[]): void {
  changeView(id, () => ({ selected: refs }));
}

export function chooseColumns(id: JobId, columns: readonly string[] | null): void {
  changeView(id, () => ({ columns }));
}

export function readPlan(spec: SweepSpec): Promise<SweepPlan> {
  return api.sweeps.plan(spec);
}

export function readSnapshot(id: JobId): Promise<SweepSnapshot> {
  return api.sweeps.get(id);
}

export function readTrials(id: JobId, query: TrialQuery): Promise<TrialPage> {
  return api.sweeps.trials(id, query);
}

/** The core answers with no more at once. */
const MOST_ROWS = 1000;

/**
 * The trials from one row of a view to another, at most 1,000; none where they
 * cannot be read, which is shown with the sweep.
 */
export async function readRange(id: JobId, view: TrialView, isHigherBetter: boolean, from: number, to: number): Promise<Trial[]> {
  let rows: Trial[] = [];
  await attempt(id, async () => {
    rows = (await api.sweeps.trials(id, queryOf(view, isHigherBetter, from, Math.min(MOST_ROWS, to - from + 1)))).rows;
  });
  return rows;
}

export function readColumns(id: JobId, query: TrialColumnsQuery): Promise<TrialColumns> {
  return api.sweeps.columns(id, query);
}

/** Times networks of each of the sweep's shapes; what goes wrong is shown with the sweep. */
export async function measureSweep(id: JobId): Promise<void> {
  await attempt(id, async () => {
    await api.sweeps.measure(id);
    useSweepsStore.setState(({ measured }) => ({ measured: { ...measured, [id]: (measured[id] ?? 0) + 1 } }));
  });
}

export function readCurves(id: JobId, trials: readonly TrialRef[]): Promise<TrialCurve[]> {
  return api.sweeps.curves(id, [...trials]);
}

export function readImportance(id: JobId, platform: Platform): Promise<ParameterImportance[]> {
  return api.sweeps.importance(id, platform);
}

/** What a failed read came to. */
export function errorOf(caught: unknown): AppError {
  return api.asAppError(caught);
}
