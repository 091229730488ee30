// Charts show what happened: no trial that diverged ruins one, steps are the
// best so far, and values stand where they belong.
import { describe, expect, it } from "vitest";
import type { TrialColumns, TrialStatus } from "../types";
import { bestOf, bestSoFar, chartTrials, frontOf, jitter, quarters, valueAxis, withoutFarWorse, type ChartTrial } from "./trial-charts";

function columns(rows: { status?: TrialStatus; objective: number | null }[]): TrialColumns {
  return {
    number: rows.map((_, index) => index + 1),
    platform: rows.map(() => "pytorch" as const),
    status: rows.map((row) => row.status ?? "succeeded"),
    objective: rows.map((row) => row.objective),
    finished_at: rows.map((_, index) => 10_000 - index * 1000),
    train_seconds: rows.map(() => 1),
    parameter_count: rows.map((_, index) => 100 * (index + 1)),
    latency_micros: rows.map(() => null),
    params: { dropout: rows.map((_, index) => index / 10) },
    on_front: rows.map((_, index) => index < 2),
  };
}

const of = (...objectives: number[]): ChartTrial[] => chartTrials(columns(objectives.map((objective) => ({ objective }))));

describe("trials in charts", () => {
  it("are those with an objective, diverged and failed ones left out", () => {
    const trials = chartTrials(
      columns([
        { objective: 0.5 },
        { objective: null, status: "running" },
        { objective: 9e9, status: "diverged" },
        { objective: 0.7, status: "failed" },
        { objective: 0.6, status: "pruned" },
      ]),
    );
    expect(trials.map((trial) => trial.number)).toEqual([1, 5]);
    expect(trials[1]?.params).toEqual({ dropout: 0.4 });
  });

  it("that are far worse than the rest do not squeeze it, and are counted", () => {
    const rest = [0.4, 0.41, 0.42, 0.43, 0.44, 0.45, 0.46, 0.47, 0.48];
    expect(withoutFarWorse(of(...rest, 50), false)).toMatchObject({ nFar: 1 });
    // Far better is what one looks for.
    expect(withoutFarWorse(of(...rest, -50), false).nFar).toBe(0);
    expect(withoutFarWorse(of(...rest, -50), true).nFar).toBe(1);
    expect(withoutFarWorse(of(0.4, 0.4, 0.4), false).nFar).toBe(0);
  });

  it("give the best so far as steps to the last trial", () => {
    expect(bestSoFar(of(0.5, 0.7, 0.3, 0.4), "pytorch", false, "trials", 0)).toEqual([
      [1, 0.5],
      [3, 0.3],
      [4, 0.3],
    ]);
    expect(bestSoFar(of(0.5, 0.7, 0.3, 0.4), "pytorch", true, "trials", 0)).toEqual([
      [1, 0.5],
      [2, 0.7],
      [4, 0.7],
    ]);
    // Over time, in the order in which they ended: the last number first.
    expect(bestSoFar(of(0.5, 0.7, 0.3), "pytorch", false, "time", 6000)).toEqual([
      [2, 0.3],
      [4, 0.3],
    ]);
    expect(bestSoFar(of(0.5), "tensorflow", false, "trials", 0)).toEqual([]);
  });

  it("do not count as best so far when they were stopped early", () => {
    const trials = chartTrials(columns([{ objective: 0.5 }, { objective: 0.1, status: "pruned" }]));
    expect(bestSoFar(trials, "pytorch", false, "trials", 0)).toEqual([[1, 0.5]]);
  });

  it("are cut to the best so many", () => {
    expect(bestOf(of(0.5, 0.7, 0.3), false, 2).map((trial) => trial.objective)).toEqual([0.3, 0.5]);
    expect(bestOf(of(0.5, 0.7, 0.3), true, 2).map((trial) => trial.objective)).toEqual([0.7, 0.5]);
  });

  it("fall into quarters, the best first, none lost", () => {
    const split = quarters(of(0.5, 0.7, 0.3, 0.4, 0.6), false).map((part) => part.map((trial) => trial.objective));
    expect(split[0]).toEqual([0.3]);
    expect(split.flat()).toEqual([0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(quarters(of(0.5, 0.7), true).flat()[0]?.objective).toBe(0.7);
    expect(quarters([], false)).toEqual([[], [], [], []]);
  });

  it("on the front are joined from the smallest on", () => {
    expect(frontOf(of(0.5, 0.4, 0.6), "pytorch", "size")).toEqual([
      [100, 0.5],
      [200, 0.4],
    ]);
    // Nothing was measured, so there is no place along the axis.
    expect(frontOf(of(0.5, 0.4, 0.6), "pytorch", "latency")).toEqual([]);
  });

  it("of a pair lie beside each other where values are names", () => {
    for (let number = 1; number < 200; number += 1) {
      expect(jitter({ number, platform: "pytorch" })).toBeLessThan(0);
      expect(jitter({ number, platform: "tensorflow" })).toBeGreaterThan(0);
    }
  });
});

describe("an axis of values", () => {
  it("is by order of magnitude where the space is", () => {
    expect(valueAxis([0.001, 0.1], { float: [0.001, 0.1], log: true })).toMatchObject({ names: null, log: true });
    expect(valueAxis([0, 0.5], { float: [0, 0.5] })).toMatchObject({ names: null, log: false });
  });

  it("has names for values that were chosen from a list, in their own order", () => {
    expect(valueAxis([128, 64, 256], { choice: [64, 128, 256] }).names).toEqual(["64", "128", "256"]);
    const layers = valueAxis([[64], [16, 16], [128]], { choice: [[16, 16], [64], [128]] });
    expect(layers.names).toEqual(["16-16", "64", "128"]);
    expect(layers.place([64])).toBe(1);
    expect(layers.place([1])).toBeNaN();
  });
});
