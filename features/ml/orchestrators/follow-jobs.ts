/**
 * Keeps jobs and runs as the core has them: one listener, one store update a
 * batch, and a fetch for whatever was missed.
 */
import * as api from "../api";
import { inBatches } from "../state/batches";
import { takeCatchUp, takeEvents } from "../state/job-events";
import { addEpochs, changeKnown, setTrouble, useJobsStore } from "../state/zustand/jobs-store";
import { isOpenEnded, isSweep, type JobEvent, type JobId, type RunId } from "../types";

const fetching = new Set<JobId>();
const fetchAgain = new Set<JobId>();

/** Fetches what a job's events would have told. Asked again meanwhile, it runs once more. */
export async function catchUp(job: JobId): Promise<void> {
  if (fetching.has(job)) {
    fetchAgain.add(job);
    return;
  }
  fetching.add(job);
  try {
    do {
      fetchAgain.delete(job);
      const after = useJobsStore.getState().known.lastSeq[job] ?? 0;
      const snapshot = await api.jobs.get(job);
      // What a sweep's events tell is asked for by those who show it; there may be thousands of them.
      const events = isSweep(snapshot.job) ? [] : await api.jobs.events(job, after);
      changeKnown((known) => takeCatchUp(known, snapshot, events));
    } while (fetchAgain.has(job));
  } catch (caught) {
    const error = api.asAppError(caught);
    // A job that was deleted meanwhile leaves nothing to follow.
    if (error.code !== "not_found") throw caught;
  } finally {
    fetching.delete(job);
    fetchAgain.delete(job);
  }
}

function take(batch: readonly JobEvent[]): void {
  const { known, missed } = takeEvents(useJobsStore.getState().known, batch);
  changeKnown(() => known);
  for (const job of missed) {
    catchUp(job).catch((caught: unknown) => {
      useJobsStore.setState({ history: { state: "failed", error: api.asAppError(caught) } });
    });
  }
}

/** Starts listening; call before `loadHistory`, so that nothing falls between. */
export function listenToJobs(): Promise<() => void> {
  return api.on.jobEvent(inBatches(take));
}

/** All jobs and runs there are; those under way are caught up with. */
export async function loadHistory(): Promise<void> {
  try {
    const [jobs, runs] = await Promise.all([api.jobs.list(), api.runs.list()]);
    changeKnown((known) => {
      const next = {
        ...known,
        jobs: { ...known.jobs },
        runs: { ...known.runs },
        lastSeq: { ...known.lastSeq },
      };
      for (const run of runs) {
        // What events have told by now is newer than the list.
        if (known.jobs[run.job_id] === undefined) next.runs[run.id] = run;
      }
      for (const job of jobs) {
        // The others are fetched whole, epochs and all.
        if (isOpenEnded(job.status) || known.jobs[job.id] !== undefined) continue;
        next.jobs[job.id] = job;
        next.lastSeq[job.id] = job.last_seq;
      }
      return next;
    });
    await Promise.all(jobs.filter((job) => isOpenEnded(job.status)).map((job) => catchUp(job.id)));
    useJobsStore.setState({ history: { state: "ready", value: true } });
  } catch (caught) {
    useJobsStore.setState({ history: { state: "failed", error: api.asAppError(caught) } });
  }
}

/** Fetches the curve of a run where it is not all here. */
export async function loadEpochs(run: RunId): Promise<void> {
  const { known } = useJobsStore.getState();
  const wanted = known.runs[run]?.epoch ?? 0;
  if ((known.epochs[run]?.length ?? 0) >= wanted) return;
  try {
    addEpochs(run, await api.runs.epochs(run));
  } catch (caught) {
    setTrouble(run, api.asAppError(caught));
  }
}
