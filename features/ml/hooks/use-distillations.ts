import { useEffect, useMemo } from "react";
import { readDistillation } from "../orchestrators/distillations";
import { loadEpochs } from "../orchestrators/follow-jobs";
import { matrixOf, type MatrixCell } from "../state/distillation-matrix";
import { useDistillationsStore } from "../state/zustand/distillations-store";
import { useJobsStore, type Start } from "../state/zustand/jobs-store";
import {
  isDistillation,
  type AppError,
  type Dataset,
  type DistillationJob,
  type DistillationResult,
  type DistillationSnapshot,
  type EpochRecord,
  type JobId,
  type Loadable,
  type Run,
  type RunId,
} from "../types";
import { useLive, type Live } from "./use-live";

/** A person reads no faster; the answer may hold thousands of rows. */
const SOON_MS = 1000;

function newestFirst(a: DistillationJob, b: DistillationJob): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** The distillations of a dataset, newest first. */
export function useDistillations(dataset: Dataset | null): Loadable<readonly DistillationJob[]> {
  const history = useJobsStore((state) => state.history);
  const jobs = useJobsStore((state) => state.known.jobs);
  return useMemo(() => {
    const list = Object.values(jobs)
      .filter(isDistillation)
      .filter(({ spec }) => spec.dataset === dataset?.id)
      .sort(newestFirst);
    // One just started is shown although the history is still on its way.
    return history.state === "ready" || list.length > 0 ? { state: "ready", value: list } : history;
  }, [history, jobs, dataset?.id]);
}

/** Among these, the one that was opened, else the newest. */
export function useShownDistillation(list: readonly DistillationJob[], dataset: Dataset | null): DistillationJob | null {
  const opened = useDistillationsStore((state) => (dataset === null ? undefined : state.opened[dataset.id]));
  return list.find((job) => job.id === opened) ?? list[0] ?? null;
}

export function useDistillationTrouble(id: JobId): AppError | null {
  return useDistillationsStore((state) => state.troubles[id] ?? null);
}

/** What became of the last press of the button. */
export function useDistillationStart(): Start {
  return useDistillationsStore((state) => state.start);
}

/** The distillation at a glance, followed as it runs. */
export function useDistillationSnapshot(id: JobId): Live<DistillationSnapshot> {
  const revision = useJobsStore((state) => state.known.lastSeq[id] ?? 0);
  return useLive(id, () => readDistillation(id), { revision, leastMs: SOON_MS });
}

/** Run ids sort by the order in which the runs were made: teacher, students by seed, controls by seed. */
function oldestFirst(a: Run, b: Run): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The runs that a distillation has made so far. */
export function useRunsOfJob(id: JobId): readonly Run[] {
  const runs = useJobsStore((state) => state.known.runs);
  return useMemo(() => Object.values(runs).filter((run) => run.job_id === id).sort(oldestFirst), [runs, id]);
}

export function useRunNames(): (id: RunId) => string | undefined {
  const runs = useJobsStore((state) => state.known.runs);
  return useMemo(() => (id: RunId) => runs[id]?.name, [runs]);
}

const NO_EPOCHS: readonly EpochRecord[] = [];

/** The epochs of each of these runs, fetched where they are not here. */
export function useEpochsOf(runs: readonly Run[]): readonly (readonly EpochRecord[])[] {
  const epochs = useJobsStore((state) => state.known.epochs);
  const missing = runs.filter((run) => (epochs[run.id]?.length ?? 0) < run.epoch).map((run) => run.id).join(" ");
  useEffect(() => {
    for (const id of missing.split(" ")) if (id !== "") void loadEpochs(id);
  }, [missing]);
  return useMemo(() => runs.map((run) => epochs[run.id] ?? NO_EPOCHS), [runs, epochs]);
}

/** Ask for no more answers than these to fill a table of two by two. */
const MOST_COMPARED = 8;

/** This answer beside those of the same experiment with teachers of the other platform. */
export function usePlatformMatrix(job: DistillationJob, result: DistillationResult): readonly MatrixCell[] {
  const jobs = useJobsStore((state) => state.known.jobs);
  const others = useMemo(
    () =>
      Object.values(jobs)
        .filter(isDistillation)
        .filter((other) => other.id !== job.id && other.status === "succeeded" && isSameExperiment(other, job))
        .sort(newestFirst)
        .slice(0, MOST_COMPARED),
    [jobs, job],
  );
  const key = others.length === 0 ? null : others.map((other) => other.id).join(" ");
  const answers = useLive(key, () => Promise.all(others.map((other) => readDistillation(other.id))), {
    revision: 0,
    leastMs: SOON_MS,
  });
  return useMemo(() => {
    const more = answers.state === "ready" ? answers.value.flatMap((one) => (one.result === null ? [] : [one.result])) : [];
    return matrixOf([result, ...more]);
  }, [answers, result]);
}

/** Alike in all but teacher, platform and number of seeds. */
function isSameExperiment({ spec: a }: DistillationJob, { spec: b }: DistillationJob): boolean {
  const about = ({ dataset, target, loss, temperature, alpha, transfer, student_space, config }: typeof a) =>
    JSON.stringify([dataset, target, loss, temperature, alpha, transfer, student_space, config.hidden_layers, config.epochs, config.learning_rate]);
  return about(a) === about(b);
}
