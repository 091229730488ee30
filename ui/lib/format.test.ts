// Figures as people read them.
import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatFixed,
  formatMicros,
  formatMicrosPair,
  formatPercent,
  formatPlain,
  formatSeconds,
  formatSignificant,
  formatTimeLeft,
  shareDigits,
  withSign,
} from "./format";

describe("figures", () => {
  it("never invent a number", () => {
    for (const nothing of [null, undefined, Number.NaN, Infinity]) {
      for (const format of [formatCount, formatBytes, formatSeconds, formatSignificant]) {
        expect(format(nothing)).toBe("–");
      }
      expect(formatFixed(nothing, 3)).toBe("–");
    }
  });

  it.each([
    [0, "0 ms"],
    [0.0837, "84 ms"],
    [0.9996, "1.00 s"],
    [9.996, "10.0 s"],
    [59.96, "1 min 00 s"],
    [125, "2 min 05 s"],
    [3599.6, "1 h 00 min"],
    [3840, "1 h 04 min"],
  ])("take %d s as %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it.each([
    [512, "512 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [48_500, "48.5 kB"],
    [999_900, "1.00 MB"],
    [2_570_000, "2.57 MB"],
  ])("take %d bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("carry as many digits as they support", () => {
    expect(formatSignificant(6.6231)).toBe("6.623");
    expect(formatSignificant(-0.00012345)).toBe("−0.0001234");
    expect(formatSignificant(12345.6)).toBe("12,346");
    expect(formatSignificant(3e-9)).toBe("3.000e-9");
    expect(shareDigits(69)).toBe(3);
    expect(shareDigits(1_000_000)).toBe(4);
    expect(formatFixed(-0.0001, 3)).toBe("0.000");
  });

  it("show differences with their sign, and none where there is none to see", () => {
    expect(withSign(formatFixed(0.0123, 3))).toBe("+0.012");
    expect(withSign(formatFixed(-3.4, 1))).toBe("−3.4");
    expect(withSign(formatFixed(0.0001, 3))).toBe("±0");
  });

  it("tell time left no finer than it can be known", () => {
    expect(formatTimeLeft(0.4)).toBe("a moment");
    expect(formatTimeLeft(12.4)).toBe("12 s");
    expect(formatTimeLeft(170)).toBe("3 min");
  });

  it("type settings without exponents", () => {
    expect(formatPlain(1e-7)).toBe("0.0000001");
    expect(formatPlain(4294967295)).toBe("4294967295");
  });

  it("never rounds a share to nothing or to all", () => {
    expect([0, 0.00004, 0.1234, 0.5, 0.99996, 1].map(formatPercent)).toEqual([
      "0 %",
      "< 0.1 %",
      "12.3 %",
      "50 %",
      "> 99.9 %",
      "100 %",
    ]);
  });

  it("shows microseconds in the unit that reads best", () => {
    expect([14.26, 999.4, 999.6, 1240, 2.05e6].map(formatMicros)).toEqual(["14.3 µs", "999 µs", "1.00 ms", "1.24 ms", "2.05 s"]);
    expect(formatMicrosPair(14.28, 25.9)).toBe("14.3 / 25.9 µs");
    expect(formatMicrosPair(820, 1240)).toBe("0.820 / 1.24 ms");
    expect(formatMicrosPair(null, 3)).toBe("–");
  });
});
