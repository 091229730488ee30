import { describe, expect, it } from "vitest";
import { distillationJob } from "../test/distillations";
import { epoch, event, run } from "../test/examples";
import type { EpochRecord, Run } from "../types";
import { contestsOf, meanCurve, secondsLeftTogether, shareDone } from "./distillation-curves";
import { NOTHING_KNOWN, takeCatchUp, takeEvents } from "./job-events";

const student = (id: string, changes: Partial<Run> = {}): Run =>
  run({ id, role: { kind: "student", distillation: { loss: { kind: "hinton" }, alpha: 0.9, temperature: 2 } }, ...changes });
const control = (id: string, changes: Partial<Run> = {}): Run => run({ id, role: { kind: "control" }, ...changes });
const epochs = (...losses: number[]): EpochRecord[] => losses.map((loss, index) => ({ ...epoch(index + 1), validation_loss: loss }));
const loss = (record: EpochRecord) => record.validation_loss;

describe("students and controls", () => {
  it("are drawn by platform, students first; a teacher takes no part", () => {
    const runs = [run({ id: "t", role: { kind: "teacher" } }), control("c"), student("s"), student("u", { platform: "tensorflow" })];
    expect(contestsOf(runs, []).map(({ platform, role }) => `${platform} ${role}`)).toEqual([
      "pytorch student",
      "pytorch control",
      "tensorflow student",
    ]);
  });

  it("have a mean as far as all that still train have come", () => {
    const both = contestsOf([student("a"), student("b")], [epochs(4, 2, 1), epochs(2, 2)])[0];
    expect(both === undefined ? [] : meanCurve(both, loss)).toEqual([[1, 3], [2, 2]]);
    // One that stopped early does not hold the others back.
    const ended = contestsOf([student("a"), student("b", { status: "succeeded" })], [epochs(4, 2, 1), epochs(2, 2)])[0];
    expect(ended === undefined ? [] : meanCurve(ended, loss)).toEqual([[1, 3], [2, 2], [3, 1]]);
  });

  it("are as far as their epochs together, ended ones whole", () => {
    expect(shareDone([student("a", { epoch: 10 }), student("b", { status: "diverged", epoch: 2 })])).toBe(0.75);
  });

  it("share a platform's time, and platforms run side by side", () => {
    // 0.1 s an epoch each, 18 of 20 to go: two on PyTorch, one on TensorFlow.
    const runs = [student("a", { epoch: 2 }), control("b", { epoch: 2 }), student("c", { epoch: 2, platform: "tensorflow" })];
    const two = [epoch(1), epoch(2)];
    expect(secondsLeftTogether(contestsOf(runs, [two, two, two]))).toBeCloseTo(3.6);
    expect(secondsLeftTogether(contestsOf(runs, [two, [], two]))).toBeNull();
  });
});

describe("events of a distillation", () => {
  it("bring its runs and their epochs as they come", () => {
    const begun = takeCatchUp(NOTHING_KNOWN, { job: distillationJob({ status: "running" }), runs: [] }, []);
    const { known, missed } = takeEvents(begun, [
      event(2, { type: "run_added", run: student("s", { status: "queued" }) }),
      event(3, { type: "run_changed", run: student("s") }),
      event(4, { type: "epoch", run_id: "s", record: epoch(1) }),
    ]);
    expect(missed).toEqual([]);
    expect(known.runs.s).toMatchObject({ status: "running", epoch: 1, role: { kind: "student" } });
    expect(known.epochs.s).toHaveLength(1);
    expect(known.lastSeq["job-1"]).toBe(4);
  });
});
