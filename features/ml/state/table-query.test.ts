// What a press on a head, a range drawn over a histogram or a value picked
// makes of a query, and what it is called on its chip.
import { describe, expect, it } from "vitest";
import { histogram } from "../test/tables";
import type { CellCondition, TableQuery } from "../types";
import {
  ALL_ROWS,
  binsOfRange,
  conditionWords,
  endOf,
  endText,
  filteredBy,
  isFiltered,
  isPlain,
  orderOf,
  pressedValue,
  rangeOfBins,
  rangeUnitOf,
  sortedAs,
  sortedBy,
  unfiltered,
  without,
  type Histogram,
} from "./table-query";

const spread = histogram("length").spread as Histogram;
const presses = (query: TableQuery, ...columns: [string, boolean][]) =>
  columns.reduce((before, [column, adds]) => sortedBy(before, column, adds), query);

describe("sorting", () => {
  it("goes up, down and away with each press", () => {
    const up = presses(ALL_ROWS, ["a", false]);
    expect(up.sort).toEqual([{ column: "a", descending: false }]);
    const down = presses(up, ["a", false]);
    expect(down.sort).toEqual([{ column: "a", descending: true }]);
    expect(presses(down, ["a", false]).sort).toEqual([]);
  });

  it("takes one column in place of another, or beside it with Shift, in order", () => {
    expect(presses(ALL_ROWS, ["a", false], ["b", false]).sort).toEqual([{ column: "b", descending: false }]);
    const both = presses(ALL_ROWS, ["a", false], ["b", true], ["a", true]);
    expect(both.sort).toEqual([
      { column: "a", descending: true },
      { column: "b", descending: false },
    ]);
    expect(orderOf(both, "b")).toEqual({ order: "ascending", rank: 2 });
    expect(orderOf(both, "c")).toEqual({ order: null, rank: null });
    expect(presses(both, ["a", true]).sort).toEqual([{ column: "b", descending: false }]);
    expect(orderOf(presses(both, ["a", true]), "b").rank).toBeNull();
  });

  it("can be said outright", () => {
    expect(sortedAs(ALL_ROWS, "a", "descending", false).sort).toEqual([{ column: "a", descending: true }]);
    expect(sortedAs(presses(ALL_ROWS, ["a", false]), "a", null, true).sort).toEqual([]);
  });
});

describe("filters", () => {
  const missing: CellCondition = { kind: "missing", missing: true };
  const text: CellCondition = { kind: "text", operator: "contains", text: "x" };

  it("are one a column, in the order in which they came", () => {
    const query = filteredBy(filteredBy(filteredBy(ALL_ROWS, "a", missing), "b", text), "a", text);
    expect(query.filters.map((filter) => filter.column)).toEqual(["a", "b"]);
    expect(query.filters[0]?.condition).toEqual(text);
    expect(filteredBy(query, "b", { ...text })).toBe(query);
    expect(filteredBy(query, "a", null).filters.map((filter) => filter.column)).toEqual(["b"]);
  });

  it("go all at once, and the order stays", () => {
    const query = { ...filteredBy(sortedBy(ALL_ROWS, "a", false), "b", text), search: "y" };
    expect(isFiltered(query)).toBe(true);
    expect(unfiltered(query)).toEqual(sortedBy(ALL_ROWS, "a", false));
    expect(isPlain(unfiltered(query))).toBe(false);
    expect(unfiltered(ALL_ROWS)).toBe(ALL_ROWS);
  });

  it("and the order forget a column that became another", () => {
    expect(without(filteredBy(sortedBy(ALL_ROWS, "a", false), "a", text), "a")).toEqual(ALL_ROWS);
  });

  it("by values: one pressed, another beside it, and none again", () => {
    const one = pressedValue(ALL_ROWS, "c", "red", false);
    expect(one.filters[0]?.condition).toEqual({ kind: "values", values: ["red"], exclude: false });
    const two = pressedValue(one, "c", "blue", true);
    expect(two.filters[0]?.condition).toMatchObject({ values: ["red", "blue"] });
    expect(pressedValue(two, "c", "blue", false).filters[0]?.condition).toMatchObject({ values: ["blue"] });
    expect(pressedValue(two, "c", "red", true).filters[0]?.condition).toMatchObject({ values: ["blue"] });
    expect(pressedValue(one, "c", "red", false)).toEqual(ALL_ROWS);
  });

  it("by bins hold the last bin's upper end and no other's", () => {
    expect(rangeOfBins(spread, 1, 2)).toEqual({
      kind: "range",
      from: { value: 1, inclusive: true },
      to: { value: 3, inclusive: false },
      keep_missing: false,
    });
    expect(rangeOfBins(spread, 3, 3)).toMatchObject({ to: { value: 4, inclusive: true } });
  });

  it.each<[number, number]>([
    [0, 0],
    [1, 2],
    [3, 3],
    [0, 3],
  ])("are seen over bins %i to %i, from which they came", (first, last) => {
    expect(binsOfRange(spread, rangeOfBins(spread, first, last))).toEqual([first, last]);
  });

  it("touch bins also where they were typed, and none outside", () => {
    const range = (from: number | null, to: number | null): CellCondition => ({
      kind: "range",
      from: from === null ? null : { value: from, inclusive: true },
      to: to === null ? null : { value: to, inclusive: true },
    });
    expect(binsOfRange(spread, range(1.5, 1.7))).toEqual([1, 1]);
    expect(binsOfRange(spread, range(null, 2))).toEqual([0, 2]);
    expect(binsOfRange(spread, range(4, null))).toEqual([3, 3]);
    expect(binsOfRange(spread, range(9, 12))).toBeNull();
    expect(binsOfRange(spread, null)).toBeNull();
  });
});

describe("words on chips", () => {
  const end = (value: number, inclusive = true) => ({ value, inclusive });
  it.each<[CellCondition, string]>([
    [{ kind: "range", from: end(1), to: end(2.5) }, "1 to 2.5"],
    [{ kind: "range", from: end(1), to: end(2.5, false) }, "1 to below 2.5"],
    [{ kind: "range", from: end(1), to: null, keep_missing: true }, "at least 1, or missing"],
    [{ kind: "range", from: null, to: end(-3, false) }, "below -3"],
    [{ kind: "range", from: end(4), to: end(4) }, "exactly 4"],
    [{ kind: "values", values: ["red"] }, "is red"],
    [{ kind: "values", values: ["red", null], exclude: true }, "is not red or missing"],
    [{ kind: "values", values: ["a", "b", "c", "d", "e"] }, "is a or b or c or 2 more"],
    [{ kind: "text", operator: "starts", text: "Ad" }, "starts with “Ad”"],
    [{ kind: "missing", missing: false }, "is not missing"],
  ])("%j", (condition, words) => {
    expect(conditionWords(condition, undefined)).toBe(words);
  });

  it("name days and times as they would be typed", () => {
    const day = Date.UTC(2024, 1, 29);
    expect(endText(day, "date")).toBe("2024-02-29");
    expect(endText(day + 3_661_000, "date")).toBe("2024-02-29 01:01:01");
    expect(endText(5_400_000, "time")).toBe("01:30:00");
    const dates = histogram("sold", { kind: "datetime", spread: { shape: "empty" } });
    expect(conditionWords({ kind: "range", from: end(day), to: null }, dates)).toBe("from 2024-02-29");
  });

  it("name the ends of bins as the picture does", () => {
    const third = histogram("n", { spread: { ...spread, edges: [0, 1 / 3, 2 / 3, 1, 4 / 3], labels: ["0", "0.33", "0.67", "1", "1.33"] } });
    const condition = rangeOfBins(third.spread as Histogram, 1, 1);
    expect(condition && conditionWords(condition, third)).toBe("0.33 to below 0.67");
  });
});

describe("what is typed as an end of a range", () => {
  it.each<[string, "number" | "date" | "time", number | null]>([
    ["", "number", null],
    [" 2,5 ", "number", 2.5],
    ["1e3", "number", 1000],
    ["x", "number", Number.NaN],
    ["2024-2-9", "date", Date.UTC(2024, 1, 9)],
    ["2024-02-09 13:45", "date", Date.UTC(2024, 1, 9, 13, 45)],
    ["9.2.2024", "date", Number.NaN],
    ["9:30", "time", 34_200_000],
    ["noon", "time", Number.NaN],
  ])("%s as a %s", (text, unit, value) => {
    expect(endOf(text, unit)).toEqual(value);
  });

  it("is of the unit that the column's picture has", () => {
    const dates = (labels: string[]) => histogram("d", { kind: "datetime", spread: { ...spread, labels, dates: true } });
    expect(rangeUnitOf(histogram("n"))).toBe("number");
    expect(rangeUnitOf(dates(["2024-01-01", "2025-01-01"]))).toBe("date");
    expect(rangeUnitOf(dates(["08:00", "17:00"]))).toBe("time");
    expect(rangeUnitOf(undefined)).toBe("number");
  });
});
