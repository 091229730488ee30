/**
 * What numbered events do to what is known of jobs and runs. Pure: one batch
 * in, one new state out, and the jobs of which something was missed, so that
 * the caller can fetch it.
 */
import { isOpenEnded } from "../types";
import type { EpochRecord, Job, JobEvent, JobId, JobSnapshot, Run, RunId, TrialCounts } from "../types";

export interface JobsKnown {
  jobs: Readonly<Record<JobId, Job>>;
  runs: Readonly<Record<RunId, Run>>;
  /** By run, rising; may be shorter than the run's own count until fetched. */
  epochs: Readonly<Record<RunId, readonly EpochRecord[]>>;
  /** Why a run had to start again, one line, until it ends. */
  interruptions: Readonly<Record<RunId, string>>;
  /** How many of a sweep's trials stand where, as last told; the trials are asked for by those who show them. */
  counts: Readonly<Record<JobId, TrialCounts>>;
  /** Number of the last event taken in, by job: whoever shows a sweep asks again when it has changed. */
  lastSeq: Readonly<Record<JobId, number>>;
}

export const NOTHING_KNOWN: JobsKnown = {
  jobs: {},
  runs: {},
  epochs: {},
  interruptions: {},
  counts: {},
  lastSeq: {},
};

/** Adds records to those there are; the newer of the same epoch wins. */
export function mergeEpochs(known: readonly EpochRecord[], more: readonly EpochRecord[]): readonly EpochRecord[] {
  const [first] = more;
  if (first === undefined) return known;
  const last = known.at(-1);
  if (last === undefined || first.epoch > last.epoch) return [...known, ...more];
  const byEpoch = new Map(known.map((record) => [record.epoch, record]));
  for (const record of more) byEpoch.set(record.epoch, record);
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}

/** Working copies of the parts that a batch touches, made when first written to. */
class Draft {
  readonly before: JobsKnown;
  readonly after: JobsKnown;
  private readonly fresh: Record<RunId, EpochRecord[]> = {};

  constructor(before: JobsKnown) {
    this.before = before;
    this.after = {
      jobs: { ...before.jobs },
      runs: { ...before.runs },
      epochs: { ...before.epochs },
      interruptions: { ...before.interruptions },
      counts: { ...before.counts },
      lastSeq: { ...before.lastSeq },
    };
  }

  take({ job_id, seq, at, kind }: JobEvent): void {
    const jobs = this.after.jobs as Record<JobId, Job>;
    const runs = this.after.runs as Record<RunId, Run>;
    const interruptions = this.after.interruptions as Record<RunId, string>;
    (this.after.lastSeq as Record<JobId, number>)[job_id] = seq;
    switch (kind.type) {
      case "job_status": {
        const job = jobs[job_id];
        if (job !== undefined) {
          const ended = isOpenEnded(kind.status) ? null : at;
          jobs[job_id] = { ...job, status: kind.status, error: kind.error, finished_at: ended, last_seq: seq };
        }
        break;
      }
      case "trials_changed":
        (this.after.counts as Record<JobId, TrialCounts>)[job_id] = kind.counts;
        break;
      case "run_added":
      case "run_changed":
        runs[kind.run.id] = kind.run;
        if (kind.run.status !== "running" && kind.run.status !== "queued") {
          // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy of our own, keyed by id
          delete interruptions[kind.run.id];
        }
        break;
      case "epoch": {
        const run = runs[kind.run_id];
        if (run !== undefined) runs[kind.run_id] = { ...run, epoch: kind.record.epoch };
        this.epochsOf(kind.run_id).push(kind.record);
        break;
      }
      case "interrupted": {
        const goesOnAfter = kind.resumes_after_epoch;
        const kept = this.flushed(kind.run_id).filter((record) => record.epoch <= goesOnAfter);
        (this.after.epochs as Record<RunId, readonly EpochRecord[]>)[kind.run_id] = kept;
        const run = runs[kind.run_id];
        if (run !== undefined) runs[kind.run_id] = { ...run, epoch: goesOnAfter };
        interruptions[kind.run_id] = kind.reason;
        break;
      }
    }
  }

  private epochsOf(run: RunId): EpochRecord[] {
    return (this.fresh[run] ??= []);
  }

  private flushed(run: RunId): readonly EpochRecord[] {
    const merged = mergeEpochs(this.after.epochs[run] ?? [], this.fresh[run] ?? []);
    this.fresh[run] = [];
    return merged;
  }

  done(): JobsKnown {
    for (const run of Object.keys(this.fresh)) {
      (this.after.epochs as Record<RunId, readonly EpochRecord[]>)[run] = this.flushed(run);
    }
    return this.after;
  }
}

/**
 * Takes in a batch as it arrived. What was seen before is skipped; the first
 * event of a job that does not follow on the last, and all after it, are left
 * to a fetch: their job is named in `missed`. Where nothing is new, the same
 * object comes back.
 */
export function takeEvents(known: JobsKnown, batch: readonly JobEvent[]): { known: JobsKnown; missed: JobId[] } {
  const missed = new Set<JobId>();
  let draft: Draft | null = null;
  for (const event of batch) {
    const last = (draft?.after ?? known).lastSeq[event.job_id] ?? 0;
    const isUnheardOf = known.jobs[event.job_id] === undefined;
    if (missed.has(event.job_id) || (!isUnheardOf && event.seq <= last)) continue;
    if (isUnheardOf || event.seq !== last + 1) {
      missed.add(event.job_id);
      continue;
    }
    draft ??= new Draft(known);
    draft.take(event);
  }
  return { known: draft === null ? known : draft.done(), missed: [...missed] };
}

/**
 * Takes in what was fetched for one job: the snapshot, and the events after
 * the last one seen. Events older than what is known by now are skipped.
 */
export function takeCatchUp(known: JobsKnown, snapshot: JobSnapshot, events: readonly JobEvent[]): JobsKnown {
  const id = snapshot.job.id;
  const draft = new Draft(known);
  const last = known.lastSeq[id] ?? 0;
  (draft.after.jobs as Record<JobId, Job>)[id] = snapshot.job;
  for (const run of snapshot.runs) (draft.after.runs as Record<RunId, Run>)[run.id] ??= run;
  for (const event of events) {
    if (event.seq > last) draft.take(event);
  }
  const reached = Math.max(last, snapshot.job.last_seq, events.at(-1)?.seq ?? 0);
  (draft.after.lastSeq as Record<JobId, number>)[id] = reached;
  // Where the snapshot is the newest there is, it has the last word.
  if (snapshot.job.last_seq >= reached) {
    for (const run of snapshot.runs) (draft.after.runs as Record<RunId, Run>)[run.id] = run;
    (draft.after.jobs as Record<JobId, Job>)[id] = snapshot.job;
  }
  return draft.done();
}
