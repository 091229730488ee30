// Only columns that can be split by are offered, and an obvious one is taken.
import { describe, expect, it } from "vitest";
import { bikes } from "../test/profiles";
import { likelySplitColumn, splitColumns } from "./split-columns";

describe("columns to split by", () => {
  it("are dates and numbers for time, the likeliest first, and never the target", () => {
    const names = splitColumns(bikes, "count", "by_time").map(({ name }) => name);
    expect(names).toEqual(["when", "temperature", "casual", "registered"]);
    expect(splitColumns(bikes, "count", "by_column").map(({ name }) => name)).toEqual(["station", "set"]);
    expect(splitColumns(bikes, "count", "random")).toEqual([]);
  });

  it("suggest themselves where there is one choice only", () => {
    expect(likelySplitColumn(bikes, "count", "by_time")).toBe("when");
    expect(likelySplitColumn(bikes, "when", "by_time")).toBe("");
    expect(likelySplitColumn(bikes, "count", "by_column")).toBe("set");
    expect(likelySplitColumn(bikes, "count", "by_group")).toBe("");
  });
});
