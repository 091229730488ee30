import { describe, expect, it } from "vitest";
import { distillationJob, teacherRun } from "../test/distillations";
import { dataset, DEFAULTS } from "../test/examples";
import {
  aboutOf,
  ensembleTrouble,
  FIRST_VALUES,
  onOtherPlatform,
  possibleTeachers,
  specInWords,
  studentFormFor,
  teachersOf,
  toDistillationSpec,
  withTeachers,
} from "./distillation-form";
import { formFor } from "./training-form";

const student = studentFormFor(formFor(dataset, DEFAULTS, null));
const chosen = { ...FIRST_VALUES, run: "run-1" };

describe("a distillation's specification", () => {
  it("takes target, columns and split from the teacher, whatever the student's form holds", () => {
    const teacher = teacherRun({
      target: "colour",
      config: { ...DEFAULTS, exclude: ["length"], test_fraction: 0.4, validation_fraction: 0.2, seed: 5 },
    });
    const about = aboutOf(chosen, student, { teachers: [teacher], sweep: undefined, dataset });
    const spec = toDistillationSpec(chosen, withTeachers(student, dataset, teacher), about, dataset);
    expect(spec).toMatchObject({
      target: "colour",
      teacher: { kind: "runs", run_ids: ["run-1"] },
      platforms: ["pytorch"],
      loss: { kind: "hinton" },
      temperature: 2,
      alpha: 0.9,
      seeds: 3,
      student_space: null,
      config: { hidden_layers: [16], test_fraction: 0.4, validation_fraction: 0.2, exclude: ["length"], seed: 0 },
    });
  });

  it("has the loss of the task", () => {
    const values = { ...chosen, numberLoss: "teacher_bounded", margin: "0.5", classLoss: "decoupled", beta: "4" } as const;
    const of = (task: "classification" | "regression") => toDistillationSpec(values, student, { target: "kind", task }, dataset).loss;
    expect(of("regression")).toEqual({ kind: "teacher_bounded", margin: 0.5 });
    expect(of("classification")).toEqual({ kind: "decoupled", beta: 4 });
  });

  it("searches and limits only where that is switched on", () => {
    const values = { ...chosen, shapes: "8, 16-16", temperatures: "1 4", alphas: "", maxBytes: "50000" };
    const of = (searches: boolean) => toDistillationSpec({ ...values, searches }, student, { target: "kind", task: null }, dataset);
    expect(of(false)).toMatchObject({ student_space: null, budget: { max_bytes: null } });
    expect(of(true)).toMatchObject({
      student_space: { hidden_layers: [[8], [16, 16]], temperature: [1, 4], alpha: [] },
      budget: { max_bytes: 50_000, max_latency_us: null, max_points_lost: null },
    });
  });

  it("is the same on the other platform, and on none where it ran on both", () => {
    const other = onOtherPlatform(distillationJob());
    expect(other).toMatchObject({ platforms: ["tensorflow"], seeds: 3 });
    expect(other).not.toHaveProperty("kind");
    expect(onOtherPlatform(distillationJob({}, { platforms: ["pytorch", "tensorflow"] }))).toBeNull();
  });

  it("is told in a line", () => {
    expect(specInWords(distillationJob().spec)).toBe("16, softened probabilities (Hinton), T 2, α 0.9, 3 seeds");
    expect(specInWords({ ...distillationJob().spec, loss: { kind: "mse" }, transfer: { kind: "unlabelled" } })).not.toMatch(/T 2/);
  });
});

describe("teachers", () => {
  it("are runs of the dataset that ended well", () => {
    const runs = [teacherRun(), teacherRun({ id: "b", status: "failed", outcome: null }), teacherRun({ id: "c", dataset: { id: "other", name: "Other" } })];
    expect(possibleTeachers(runs, dataset).map(({ id }) => id)).toEqual(["run-1"]);
  });

  it("of a sweep are its runs, of one platform where one is named", () => {
    const runs = [teacherRun({ id: "p", job_id: "sweep" }), teacherRun({ id: "t", job_id: "sweep", platform: "tensorflow" })];
    const of = (sweepPlatform: "better" | "tensorflow") =>
      teachersOf({ ...FIRST_VALUES, teacher: "sweep", sweep: "sweep", sweepPlatform }, runs).map(({ id }) => id);
    expect(of("better")).toEqual(["p", "t"]);
    expect(of("tensorflow")).toEqual(["t"]);
  });

  it("that predict other columns or were split otherwise cannot teach together", () => {
    const first = teacherRun();
    expect(ensembleTrouble([first, teacherRun({ id: "b" })])).toBeNull();
    expect(ensembleTrouble([first, teacherRun({ id: "b", target: "colour" })])).toMatch(/one column/);
    expect(ensembleTrouble([first, teacherRun({ id: "b", config: { ...DEFAULTS, test_fraction: 0.5 } })])).toMatch(/different splits/);
  });
});
