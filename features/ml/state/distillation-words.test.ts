import { describe, expect, it } from "vitest";
import { comparison, figure, network, result, withDelta } from "../test/distillations";
import type { StudentComparison } from "../types";
import { changeText, deltaLines, figureGroups, gainText, latencyText, metricText, reductionText, runToKeep, speedText, spreadText, VERDICTS } from "./distillation-words";

const line = (of: StudentComparison, key: string, metric: "accuracy" | "rmse" = "accuracy") =>
  deltaLines(of, metric).find((one) => one.key === key);

describe("figures over seeds", () => {
  it("have as many places as their spread supports", () => {
    expect(metricText("accuracy", figure(0.942, 0.0073))).toBe("0.942 ± 0.007");
    expect(metricText("accuracy", figure(0.97675, 0.00217))).toBe("0.977 ± 0.002");
    expect(metricText("accuracy", figure(0.97675))).toBe("0.977");
    expect(spreadText(figure(123.4, 4.2))).toBe("123 ± 4");
    expect(spreadText(figure(123.4, 14.2))).toBe("123 ± 14");
    expect(spreadText(null)).toBe("–");
    expect(spreadText({ mean: null, sd: null, by_seed: [] })).toBe("–");
  });

  it("spell out whether a change is for the better", () => {
    expect(changeText("accuracy", figure(-0.021, 0.004))).toBe("2.1 ± 0.4 points worse");
    expect(changeText("accuracy", figure(0.021))).toBe("2.1 points better");
    expect(changeText("rmse", figure(12.3, 4.2))).toBe("12 ± 4 in RMSE worse");
    expect(changeText("rmse", figure(-12.3))).toMatch(/12\.3\d* in RMSE better/);
    expect(changeText("accuracy", figure(0))).toBe("no change");
    expect(changeText("accuracy", null)).toBe("–");
  });

  it("of a gain have its interval, each end with its side", () => {
    expect(gainText("accuracy", { estimate: -0.0026, low: -0.0144, high: 0.0094 })).toBe(
      "0.3 points worse; with 95 % confidence from 1.4 points worse to 0.9 points better",
    );
    expect(gainText("rmse", { estimate: 31, low: 20, high: 42 })).toBe(
      "31 in RMSE better; with 95 % confidence from 20 in RMSE better to 42 in RMSE better",
    );
  });

  it("of size and speed say which way", () => {
    expect(reductionText(95.65, 23)).toMatch(/^95\.[67] % smaller, 1\/23 of the size$/);
    expect(reductionText(-20, 0.83)).toBe("20.0 % larger");
    expect(reductionText(0, 1)).toBe("as large");
    expect(reductionText(null, null)).toBe("–");
    expect(speedText(3.24)).toBe("3.2 × as fast");
    expect(speedText(0.5)).toBe("2.0 × slower");
    expect(speedText(null)).toBe("–");
  });
});

describe("the delta table", () => {
  it("tells better from worse, line by line", () => {
    const lines = deltaLines(comparison(), "accuracy");
    expect(lines.map(({ key, tone }) => [key, tone])).toEqual([
      ["size", "better"],
      ["metric", "worse"],
      ["control", "worse"],
      ["gain", "better"],
      ["speed", "better"],
      ["same", "neutral"],
      ["kl", "neutral"],
    ]);
    expect(line(comparison(), "same")?.text).toBe("96.4 ± 0.2 %");
    expect(line(comparison(), "gain")?.note).toBe("paired over 3 seeds");
  });

  it("takes no side for a gain whose interval holds 0, and the other for one below it", () => {
    expect(line(withDelta({ gain_over_control: { estimate: 0.002, low: -0.01, high: 0.014 } }), "gain")?.tone).toBe("neutral");
    expect(line(withDelta({ gain_over_control: { estimate: -0.026, low: -0.038, high: -0.014 } }), "gain")?.tone).toBe("worse");
  });

  it("invents nothing where there is no control, no speed, or one seed", () => {
    const alone = { ...withDelta({ gain_over_control: null, control_change: null, speedup_batch1: null }), control: null };
    expect(line(alone, "gain")).toMatchObject({ text: "–", tone: "neutral", note: "no control was trained" });
    expect(line(alone, "control")).toMatchObject({ text: "–", tone: "neutral" });
    expect(line(alone, "speed")).toMatchObject({ text: "–", tone: "neutral", note: "not measured" });
    expect(line(withDelta({ gain_over_control: null }), "gain")?.note).toBe("takes at least two seeds");
  });

  it("of a regression speaks of distances instead of classes", () => {
    const regression = withDelta({
      metric_change: figure(12.3, 4.2),
      agreement: { same_percent: null, mean_kl: null, rms_difference: figure(55, 2) },
    });
    expect(line(regression, "metric", "rmse")).toMatchObject({ text: "12 ± 4 in RMSE worse", tone: "worse" });
    expect(line(regression, "same", "rmse")).toBeUndefined();
    expect(line(regression, "rms", "rmse")?.text).toBe("55 ± 2");
  });

  it("tells its answers apart by mark and by name", () => {
    expect(new Set(Object.values(VERDICTS).map(({ mark }) => mark)).size).toBe(4);
    expect(new Set(Object.values(VERDICTS).map(({ name }) => name)).size).toBe(4);
  });
});

describe("networks side by side", () => {
  it("leave out validation rows where there are none", () => {
    const bare = { validation: {} };
    const one = comparison({ student: network(bare), control: null });
    expect(figureGroups(result()).map(({ title }) => title)).toContain("On validation rows");
    expect(figureGroups(result({ teacher: network(bare), students: [one] })).map(({ title }) => title)).not.toContain("On validation rows");
  });

  it("have a median once it was measured, with a doubt where the machine was busy", () => {
    const speed = { batches: [{ rows: 1, repetitions: 200, p50_micros: 14.26, p95_micros: 20, rows_per_second: 70_000 }], is_reliable: true };
    const of = (isReliable: boolean) => latencyText(network({ speed: { ...speed, is_reliable: isReliable } as never }));
    expect(latencyText(network())).toBe("–");
    expect(of(true)).toBe("14.3 µs");
    expect(of(false)).toBe("14.3 µs (busy machine)");
  });

  it("are exported by validation rows, never by test rows", () => {
    expect(runToKeep(comparison(), "accuracy")).toBe("student-1");
    expect(runToKeep(comparison({ student: network({ validation: {}, run_ids: ["a", "b"] }) }), "accuracy")).toBe("a");
    expect(runToKeep(comparison({ student: network({ run_ids: [] }) }), "accuracy")).toBeNull();
  });
});
