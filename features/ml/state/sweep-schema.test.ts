// The sweep's form refuses what cannot be trained, beside the field to change.
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../api";
import { dataset, DEFAULTS } from "../test/examples";
import { sweepJob, trial } from "../test/sweeps";
import { configOf, newRow, objectivesFor, presetValues, toSpec, withoutSwept, type SweepFormValues } from "./sweep-form";
import { sweepSchema } from "./sweep-schema";
import type { SpaceRow } from "./sweep-space";
import { formFor } from "./training-form";

const schema = sweepSchema(BOUNDS);
const quick = presetValues("quick", DEFAULTS, null);
const base = formFor(dataset, DEFAULTS, null);

function complaints(changes: Partial<SweepFormValues>): string[] {
  const checked = schema.safeParse({ ...quick, ...changes });
  return checked.success ? [] : checked.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

function rowComplaints(name: SpaceRow["name"], changes: Partial<SpaceRow>): string[] {
  const row = { ...newRow(name, DEFAULTS), ...changes };
  // A second row that varies, so that only the first is spoken of.
  return complaints({ rows: [row, newRow("dropout", DEFAULTS)] }).map((line) => line.replace(/^rows\.0\./, ""));
}

describe("the sweep's form", () => {
  it("takes its presets as they are", () => {
    expect(complaints({})).toEqual([]);
    expect(complaints(presetValues("thorough", DEFAULTS, null))).toEqual([]);
  });

  it.each<[SpaceRow["name"], Partial<SpaceRow>, string]>([
    ["learning_rate", { min: "0" }, "min: learning_rate is 0; it must be above 0 and at most 1000"],
    ["learning_rate", { max: "fast" }, "max: learning_rate is “fast”; it must be above 0 and at most 1000"],
    ["learning_rate", { min: "0.1", max: "0.01" }, "max: learning_rate goes from 0.1 to 0.01; the largest must be above the smallest"],
    ["weight_decay", { min: "0", max: "0.1", log: true }, "min: weight_decay starts at 0; by order of magnitude it must start above 0"],
    ["batch_size", { min: "1.5" }, "min: batch_size is 1.5; it must be a whole number, at least 1 and at most 10000000"],
    ["batch_size", { log: false, step: "0.5" }, "step: batch_size has a step of 0.5; it must be a whole number"],
    ["batch_size", { log: false, step: "-1" }, "step: batch_size has a step of -1; it must be above 0"],
    ["batch_size", { kind: "choice", choice: "" }, "choice: batch_size has nothing to choose from"],
    ["batch_size", { kind: "choice", choice: "64, 128, 64" }, "choice: batch_size has 64 twice"],
    ["hidden_layers", { kind: "choice", choice: "64, 0-8" }, "choice: hidden_layers is 0; it must be a whole number, at least 1 and at most 65536"],
    ["hidden_layers", { kind: "units", layersMin: "3", layersMax: "1" }, "layersMax: layers: the largest must not be below the smallest"],
    ["hidden_layers", { kind: "units", taperMin: "0.5", taperMax: "2" }, "taperMax: taper is 2; it must be above 0 and at most 1"],
    ["activation", { kind: "choice", picked: [] }, "picked: activation has nothing to choose from"],
    ["dropout", { kind: "fixed", fixed: "1" }, "fixed: dropout is 1; it must be at least 0 and below 1"],
  ])("says of %s %j what is allowed", (name, changes, message) => {
    expect(rowComplaints(name, changes)).toEqual([message]);
  });

  it("does not look at fields of another kind than the row's", () => {
    expect(rowComplaints("learning_rate", { kind: "fixed", fixed: "0.1", min: "-1" })).toEqual([]);
    expect(rowComplaints("learning_rate", { log: true, step: "nonsense" })).toEqual([]);
  });

  it("takes off where a setting may be left out, and only there", () => {
    expect(rowComplaints("gradient_clip_norm", { kind: "choice", choice: "off, 1, 5" })).toEqual([]);
    expect(rowComplaints("learning_rate", { kind: "choice", choice: "off, 1" })[0]).toMatch(/“off”/);
  });

  it("wants something to vary", () => {
    expect(complaints({ rows: [{ ...newRow("epochs", DEFAULTS), kind: "fixed" }] })[0]).toMatch(/^space: Nothing varies/);
    expect(complaints({ rows: [] })[0]).toMatch(/^space: Nothing varies/);
  });

  it.each<[Partial<SweepFormValues>, RegExp]>([
    [{ n_trials: "0" }, /^n_trials: n_trials is 0; it must be a whole number, at least 1 and at most 100000/],
    [{ n_trials: "100001" }, /^n_trials/],
    [{ confirms: true, top: "0" }, /^top: /],
    [{ confirms: true, seeds: "1" }, /^seeds: /],
    [{ confirms: true, n_trials: "2", top: "3" }, /^top: .*more than the 2 trials/],
    [{ failure_cap: "" }, /^failure_cap: failure_cap is empty/],
    [{ jsonTrouble: "there is no parameter lr" }, /^jsonTrouble: there is no parameter lr/],
  ])("refuses %j", (changes, message) => {
    expect(complaints(changes)[0]).toMatch(message);
  });

  it("does not ask for seeds where nothing is confirmed", () => {
    expect(complaints({ confirms: false, seeds: "" })).toEqual([]);
  });
});

describe("a sweep's specification", () => {
  it("says what the form says", () => {
    const spec = toSpec({ ...quick, both: true, confirms: true, objective: "accuracy" }, base, dataset, "tensorflow");
    expect(spec).toMatchObject({
      dataset: dataset.id,
      target: "kind",
      platforms: ["pytorch", "tensorflow"],
      n_trials: 32,
      sampler: "sobol",
      objective: "accuracy",
      confirmation: { top: 3, seeds: 5 },
      failure_cap: 20,
    });
    expect(spec.space.epochs).toBe(10);
    expect(toSpec(quick, base, dataset, "tensorflow").platforms).toEqual(["tensorflow"]);
  });

  it("judges on one holdout, on folds, or on several holdouts", () => {
    const resampling = (changes: Partial<SweepFormValues>) => toSpec({ ...quick, ...changes }, base, dataset, "pytorch").resampling;
    expect(resampling({})).toEqual({ kind: "holdout" });
    expect(resampling({ judged_on: "k_fold", rounds: "4" })).toEqual({ kind: "k_fold", folds: 4 });
    expect(resampling({ judged_on: "repeated_holdout", rounds: "3" })).toEqual({ kind: "repeated_holdout", repeats: 3 });
    expect(complaints({ judged_on: "k_fold", rounds: "1" })).toEqual(["rounds: folds is 1; it must be a whole number, at least 2 and at most 20"]);
    expect(complaints({ judged_on: "repeated_holdout", rounds: "" })[0]).toMatch(/^rounds: repeats/);
    expect(complaints({ judged_on: "holdout", rounds: "" })).toEqual([]);
  });

  it("leaves the objective to the core where the chosen one is of another task", () => {
    expect(objectivesFor(dataset, { target: "length", task: "auto" })).toContain("rmse");
    const regression = { ...base, target: "length" };
    expect(toSpec({ ...quick, objective: "accuracy" }, regression, dataset, "pytorch").objective).toBeNull();
    expect(toSpec({ ...quick, objective: "mae" }, regression, dataset, "pytorch").objective).toBe("mae");
  });

  it("takes no notice of what the training form says of settings that have a row", () => {
    const typed = { ...base, learning_rate: "nonsense", seed: "7" };
    const settled = withoutSwept(typed, quick.rows, base);
    expect(settled.learning_rate).toBe(base.learning_rate);
    expect(settled.seed).toBe("7");
  });

  it("gives a trial's configuration: its own values, what the space fixes, and the rest", () => {
    const config = configOf(sweepJob().spec, trial());
    expect(config).toEqual({ ...DEFAULTS, learning_rate: 0.01, hidden_layers: [32, 16], optimizer: "adam", epochs: 20 });
  });
});
