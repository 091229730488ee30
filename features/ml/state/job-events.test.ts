// However events reach the window (twice, in lumps, with gaps, beside a
// fetched snapshot), it comes to know what the core knows.
import { describe, expect, it } from "vitest";
import { epoch, event, job, run } from "../test/examples";
import { counts, sweepJob } from "../test/sweeps";
import type { JobEvent } from "../types";
import { NOTHING_KNOWN, takeCatchUp, takeEvents, type JobsKnown } from "./job-events";

const finished = run({ status: "succeeded", epoch: 6, finished_at: 12 });

/** A run that is interrupted after its fourth epoch and goes on after the second. */
const ALL: JobEvent[] = [
  event(1, { type: "run_changed", run: run({ status: "queued" }) }),
  event(2, { type: "job_status", status: "running", error: null }),
  event(3, { type: "run_changed", run: run() }),
  ...[1, 2, 3, 4].map((n) => event(3 + n, { type: "epoch", run_id: "run-1", record: epoch(n) })),
  event(8, { type: "interrupted", run_id: "run-1", reason: "killed", resumes_after_epoch: 2 }),
  ...[3, 4, 5, 6].map((n) => event(6 + n, { type: "epoch", run_id: "run-1", record: epoch(n) })),
  event(13, { type: "run_changed", run: finished }),
  event(14, { type: "job_status", status: "succeeded", error: null }),
];

const BEGUN: JobsKnown = takeCatchUp(NOTHING_KNOWN, { job: job({ last_seq: 1 }), runs: [run({ status: "queued" })] }, []);

const inOrder = takeEvents(BEGUN, ALL).known;

/** Mulberry32; a seed gives the same deliveries each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

describe("job events", () => {
  it("in order lead to the end, with every epoch once", () => {
    expect(inOrder.jobs["job-1"]?.status).toBe("succeeded");
    expect(inOrder.runs["run-1"]).toEqual(finished);
    expect(inOrder.epochs["run-1"]?.map((record) => record.epoch)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(inOrder.interruptions).toEqual({});
    expect(inOrder.lastSeq["job-1"]).toBe(14);
  });

  it("say why a run goes on from earlier, until it ends", () => {
    const { known } = takeEvents(BEGUN, ALL.slice(0, 8));
    expect(known.interruptions["run-1"]).toBe("killed");
    expect(known.runs["run-1"]?.epoch).toBe(2);
    expect(known.epochs["run-1"]?.map((record) => record.epoch)).toEqual([1, 2]);
  });

  it("come to the same in whatever lumps, doubles and gaps they are told", () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const next = random(seed);
      let known = BEGUN;
      let at = 0;
      while (at < ALL.length || known.lastSeq["job-1"] !== 14) {
        const from = Math.max(0, at - Math.floor(next() * 4)); // some again
        const until = Math.min(ALL.length, at + 1 + Math.floor(next() * 5));
        const told = ALL.slice(from, until).filter(() => next() > 0.15); // some never
        at = until;
        const taken = takeEvents(known, told);
        known = taken.known;
        if (taken.missed.length > 0 || at === ALL.length) {
          // What the core answers: a snapshot of now, and the events after the last one seen.
          const reached = Math.max(at, 1);
          const now = takeEvents(BEGUN, ALL.slice(0, reached)).known;
          const [theJob, theRun] = [now.jobs["job-1"], now.runs["run-1"]];
          if (theJob === undefined || theRun === undefined) throw new Error("the job is not known");
          const after = known.lastSeq["job-1"] ?? 0;
          known = takeCatchUp(
            known,
            { job: { ...theJob, last_seq: reached }, runs: [theRun] },
            ALL.slice(0, reached).filter((one) => one.seq > after),
          );
        }
      }
      expect(known.runs, `seed ${seed}`).toEqual(inOrder.runs);
      expect(known.epochs, `seed ${seed}`).toEqual(inOrder.epochs);
      expect(known.jobs["job-1"]?.status, `seed ${seed}`).toBe("succeeded");
    }
  });

  it("of a job not heard of, or after a gap, are asked for", () => {
    expect(takeEvents(NOTHING_KNOWN, ALL.slice(0, 1)).missed).toEqual(["job-1"]);
    const gap = takeEvents(BEGUN, ALL.slice(4));
    expect(gap.missed).toEqual(["job-1"]);
    expect(gap.known).toBe(BEGUN);
  });

  it("that were seen before change nothing, not even the object", () => {
    const again = takeEvents(inOrder, ALL);
    expect(again.known).toBe(inOrder);
    expect(again.missed).toEqual([]);
  });
});

describe("events of a sweep", () => {
  const begun = takeCatchUp(NOTHING_KNOWN, { job: sweepJob(), runs: [] }, []);

  it("tell how many trials stand where, and bring the runs made of the best", () => {
    const made = run({ status: "succeeded" });
    const { known } = takeEvents(begun, [
      event(2, { type: "trials_changed", counts: counts({ running: 4 }) }),
      event(3, { type: "trials_changed", counts: counts({ running: 2, succeeded: 2 }) }),
      event(4, { type: "run_added", run: made }),
    ]);
    expect(known.counts["job-1"]).toEqual(counts({ running: 2, succeeded: 2 }));
    expect(known.runs["run-1"]).toEqual(made);
    expect(known.lastSeq["job-1"]).toBe(4);
  });

  it("do not end it when it is paused", () => {
    const { known } = takeEvents(begun, [event(2, { type: "job_status", status: "paused", error: null })]);
    expect(known.jobs["job-1"]).toMatchObject({ status: "paused", finished_at: null });
  });

  it("that were missed are not fetched one by one: the snapshot alone brings the number up to date", () => {
    const gap = takeEvents(begun, [event(900, { type: "trials_changed", counts: counts({ succeeded: 9 }) })]);
    expect(gap.missed).toEqual(["job-1"]);
    const caught = takeCatchUp(gap.known, { job: sweepJob({ last_seq: 900 }), runs: [] }, []);
    const { known, missed } = takeEvents(caught, [event(901, { type: "trials_changed", counts: counts({ succeeded: 10 }) })]);
    expect(missed).toEqual([]);
    expect(known.counts["job-1"]?.succeeded).toBe(10);
  });
});
