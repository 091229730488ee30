/** What a person does with runs: start, cancel, open, rename, delete, copy out. */
import * as api from "../api";
import { changeKnown, setTrouble, useJobsStore } from "../state/zustand/jobs-store";
import { useFormStore } from "../state/zustand/form-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { formAgain } from "../state/training-form";
import type { Platform, Run, RunId, TrainSpec } from "../types";
import { catchUp, loadEpochs } from "./follow-jobs";

/** Queues the training; its runs are on screen when this is done. Trouble stands in `start`. */
export async function startTraining(spec: TrainSpec): Promise<void> {
  useJobsStore.setState({ start: { state: "starting" } });
  try {
    const job = await api.jobs.startTraining(spec);
    await catchUp(job);
    // A page that had an older run open shows the new one.
    useJobsStore.setState(({ opened }) => ({
      start: { state: "idle" },
      opened: Object.fromEntries(
        Object.entries(opened).filter(([platform]) => !spec.platforms.includes(platform as Platform)),
      ),
    }));
  } catch (caught) {
    useJobsStore.setState({ start: { state: "failed", error: api.asAppError(caught) } });
  }
}

/** Runs `action` for a run; what goes wrong is shown with the run. True where all went well. */
async function attempt(run: RunId, action: () => Promise<unknown>): Promise<boolean> {
  setTrouble(run, null);
  try {
    await action();
    return true;
  } catch (caught) {
    setTrouble(run, api.asAppError(caught));
    return false;
  }
}

/** Stops the job that a run belongs to, its other platform too. */
export async function cancelJob({ id, job_id }: Run): Promise<void> {
  await attempt(id, () => api.jobs.cancel(job_id));
}

/** Shows a run on its platform's page, with its dataset where that is still there. */
export async function openRun(run: Run): Promise<void> {
  useJobsStore.setState(({ opened }) => ({ opened: { ...opened, [run.platform]: run.id } }));
  const { registry } = useDatasetsStore.getState();
  if (registry.state === "ready" && registry.value.some((dataset) => dataset.id === run.dataset.id)) {
    usePreferencesStore.setState({ dataset: run.dataset.id });
  }
  await loadEpochs(run.id);
}

/** Goes back to the latest run. */
export function closeRun(platform: Platform): void {
  useJobsStore.setState(({ opened }) => ({ opened: { ...opened, [platform]: undefined } }));
}

export async function renameRun(run: Run, name: string): Promise<void> {
  const renamed = await attempt(run.id, () => api.runs.rename(run.id, name));
  if (!renamed) return;
  changeKnown((known) => {
    const now = known.runs[run.id];
    return now === undefined ? known : { ...known, runs: { ...known.runs, [run.id]: { ...now, name } } };
  });
}

export async function deleteRun(run: Run): Promise<void> {
  const deleted = await attempt(run.id, () => api.runs.delete(run.id));
  if (!deleted) return;
  changeKnown((known) => {
    const without = <T>(byId: Readonly<Record<RunId, T>>) =>
      Object.fromEntries(Object.entries(byId).filter(([id]) => id !== run.id));
    return { ...known, runs: without(known.runs), epochs: without(known.epochs) };
  });
  useJobsStore.setState(({ opened }) =>
    opened[run.platform] === run.id ? { opened: { ...opened, [run.platform]: undefined } } : {},
  );
}

/** Times calls of a run's network; the figures stand with the run then. */
export async function measureRun(run: Run): Promise<void> {
  await attempt(run.id, async () => {
    await api.runs.measure([run.id]);
    await catchUp(run.job_id);
  });
}

/** Copies a run's files into a folder that the person chooses. True where that was done. */
export async function exportRun(run: Run): Promise<boolean> {
  let done = false;
  await attempt(run.id, async () => {
    const folder = await api.chooseFolder(`Folder for the files of ${run.name}`);
    if (folder === null) return;
    await api.runs.export(run.id, folder);
    done = true;
  });
  return done;
}

/** Puts a run's settings into the training form, and its dataset on the page. */
export function reuseSettings(run: Run): void {
  const { registry } = useDatasetsStore.getState();
  const dataset =
    registry.state === "ready" ? registry.value.find((one) => one.id === run.dataset.id) : undefined;
  if (dataset === undefined) {
    setTrouble(run.id, {
      code: "not_found",
      message: `the dataset ${run.dataset.name} of this run is no longer here`,
      hint: "Open its file again to train on it",
    });
    return;
  }
  usePreferencesStore.setState({ dataset: dataset.id });
  useFormStore.setState(({ revision }) => ({
    values: formAgain(dataset, run.target, run.config),
    dataset: dataset.id,
    revision: revision + 1,
  }));
}
