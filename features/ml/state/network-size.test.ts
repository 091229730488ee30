import { describe, expect, it } from "vitest";
import { teacherRun } from "../test/distillations";
import { DEFAULTS } from "../test/examples";
import { endsOf, sizeOf } from "./network-size";

describe("the size of a network", () => {
  it("counts weights and biases of every layer, at four bytes each", () => {
    // letter: 16 features, 26 classes, 64 units: 16·64 + 64 + 64·26 + 26
    expect(sizeOf({ hidden_layers: [64], batch_norm: false }, { nFeatures: 16, nOutputs: 26 })).toEqual({ parameters: 2778, bytes: 11_112 });
    expect(sizeOf({ hidden_layers: [], batch_norm: false }, { nFeatures: 4, nOutputs: 3 }).parameters).toBe(15);
  });

  it("counts what batch normalisation trains, and stores what it keeps beside", () => {
    const size = sizeOf({ hidden_layers: [8], batch_norm: true }, { nFeatures: 4, nOutputs: 3 });
    expect(size).toEqual({ parameters: 67 + 16, bytes: 4 * (67 + 32) });
  });

  it("is told by a run of the same table, whatever its layers", () => {
    expect(endsOf(teacherRun())).toEqual({ nFeatures: 4, nOutputs: 3 });
    const linear = teacherRun({ config: { ...DEFAULTS, hidden_layers: [] } });
    expect(endsOf({ ...linear, outcome: linear.outcome === null ? null : { ...linear.outcome, parameter_count: 15 } })).toEqual({
      nFeatures: 4,
      nOutputs: 3,
    });
  });

  it("is not guessed where the numbers do not add up, or there are none", () => {
    const run = teacherRun();
    expect(endsOf({ ...run, outcome: run.outcome === null ? null : { ...run.outcome, parameter_count: 132 } })).toBeNull();
    expect(endsOf(teacherRun({ labels: null }))).toBeNull();
    expect(endsOf(teacherRun({ outcome: null }))).toBeNull();
  });
});
