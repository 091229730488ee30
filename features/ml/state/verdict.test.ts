// A person who knows no statistics reads the right thing.
import { describe, expect, it } from "vitest";
import { comparison } from "../test/sweeps";
import { amountInWords, differenceInWords, pairsInWords, pInWords } from "./verdict";

const pairs = { n_pairs: 128, difference: { estimate: 0.02, low: 0.01, high: 0.03 }, median_gap: 0.0012, largest_gap: 0.08 };

describe("in words", () => {
  it.each([
    ["accuracy", 0.003, "0.3 points"],
    ["accuracy", -0.01, "1.0 point"],
    ["roc_auc", 0.123, "12.3 points"],
    ["rmse", 0.1234, "0.12"],
    ["log_loss", -0.00456, "0.0046"],
  ] as const)("%s of %d is %s", (metric, amount, text) => {
    expect(amountInWords(metric, amount)).toBe(text);
  });

  it("a difference says which way, how sure, and on how many rows", () => {
    expect(differenceInWords(comparison())).toBe(
      "Accuracy of PyTorch on 2,000 test rows: 0.3 points higher; with 95 % confidence from 0.6 points lower to 1.2 points higher",
    );
    const worse = comparison({ metric: "rmse", difference: { estimate: -1.5, low: -2, high: -1 } });
    expect(differenceInWords(worse)).toMatch(/^RMSE of PyTorch.*1\.5 lower; with 95 % confidence from 2\.0 lower to 1\.0 lower$/);
  });

  it("a difference that could not be measured is not invented", () => {
    expect(differenceInWords(comparison({ difference: { estimate: null, low: null, high: null } }))).toMatch(/could not be measured/);
  });

  it("a small p is not given with more digits than it has", () => {
    expect(pInWords(0.5234)).toBe("p = 0.52");
    expect(pInWords(0.00004)).toBe("p < 0.001");
  });

  it("of pairs, the platform ahead is the one with the better objective", () => {
    expect(pairsInWords(pairs, "log_loss")).toMatch(/^In half of 128 pairs .* within 0\.0012 on both, in all within 0\.080; on average TensorFlow is ahead by 0\.020$/);
    expect(pairsInWords(pairs, "accuracy")).toMatch(/PyTorch is ahead by 2\.0 points$/);
    const even = { ...pairs, difference: { estimate: 0.001, low: -0.01, high: 0.01 } };
    expect(pairsInWords(even, "log_loss")).toMatch(/neither platform is ahead on average$/);
  });
});
