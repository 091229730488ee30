// From what a person presses and picks to what the core is asked.
import { describe, expect, it } from "vitest";
import type { TrialColumn, TrialSort } from "../types";
import {
  brushed,
  FIRST_VIEW,
  isFiltered,
  NO_FILTER,
  queryOf,
  sortAfter,
  withRange,
  withSelected,
  withValues,
} from "./trial-view";

const rate: TrialColumn = { column: "parameter", name: "learning_rate" };
const time: TrialColumn = { column: "train_seconds" };
const loss: TrialColumn = { column: "objective" };

const press = (sort: readonly TrialSort[], by: TrialColumn, adds = false) => sortAfter(sort, by, { adds });

describe("the order of trials", () => {
  it("goes rising, falling, none with each press", () => {
    const once = press([], rate);
    const twice = press(once, rate);
    expect(once).toEqual([{ by: rate, descending: false }]);
    expect(twice).toEqual([{ by: rate, descending: true }]);
    expect(press(twice, rate)).toEqual([]);
  });

  it("begins with the better end where larger is better", () => {
    const once = sortAfter([], loss, { adds: false, descendingFirst: true });
    const twice = sortAfter(once, loss, { adds: false, descendingFirst: true });
    expect([once[0]?.descending, twice[0]?.descending]).toEqual([true, false]);
    expect(sortAfter(twice, loss, { adds: false, descendingFirst: true })).toEqual([]);
  });

  it("is by several columns with Shift, each keeping its place", () => {
    const both = press(press([], rate), time, true);
    expect(both.map((one) => one.by)).toEqual([rate, time]);
    const turned = press(both, rate, true);
    expect(turned).toEqual([
      { by: rate, descending: true },
      { by: time, descending: false },
    ]);
    expect(press(turned, rate, true)).toEqual([{ by: time, descending: false }]);
    expect(press(both, loss)).toEqual([{ by: loss, descending: false }]);
  });

  it("tells parameters and metrics apart by name", () => {
    const other: TrialColumn = { column: "parameter", name: "dropout" };
    expect(press(press([], rate), other, true)).toHaveLength(2);
  });
});

describe("the question to the core", () => {
  it("puts the best first unless another order is chosen", () => {
    expect(queryOf(FIRST_VIEW, false, 0, 200).sort).toEqual([{ by: loss, descending: false }]);
    expect(queryOf(FIRST_VIEW, true, 0, 200).sort).toEqual([{ by: loss, descending: true }]);
    const sort = [{ by: time, descending: true }];
    expect(queryOf({ ...FIRST_VIEW, sort }, true, 400, 200)).toEqual({ sort, filter: NO_FILTER, offset: 400, limit: 200 });
  });

  it("has what is filtered and what is drawn in a chart, both", () => {
    const filter = withRange(NO_FILTER, { column: time, min: 1, max: null });
    const brush = { ranges: [{ column: loss, min: 0.1, max: 0.5 }], values: [{ name: "optimizer", values: ["sgd"] }] };
    const asked = queryOf({ ...FIRST_VIEW, filter, brush }, false, 0, 10).filter;
    expect(asked.ranges.map((one) => one.column)).toEqual([time, loss]);
    expect(asked.values).toEqual([{ name: "optimizer", values: ["sgd"] }]);
    expect(brushed(filter, { ranges: [], values: [] })).toBe(filter);
  });
});

describe("a filter", () => {
  it("has one range a column, and none where both ends are open", () => {
    const once = withRange(NO_FILTER, { column: rate, min: 0.001, max: null });
    const twice = withRange(once, { column: rate, min: null, max: 0.1 });
    expect(twice.ranges).toEqual([{ column: rate, min: null, max: 0.1 }]);
    expect(withRange(twice, { column: rate, min: null, max: null })).toEqual(NO_FILTER);
  });

  it("has the values of a parameter, and none where none is ticked", () => {
    const one = withValues(NO_FILTER, "hidden_layers", [[64, 64]]);
    expect(one.values).toEqual([{ name: "hidden_layers", values: [[64, 64]] }]);
    expect(withValues(one, "hidden_layers", [])).toEqual(NO_FILTER);
  });

  it("knows whether it leaves anything out", () => {
    expect(isFiltered(NO_FILTER)).toBe(false);
    expect(isFiltered({ ...NO_FILTER, search: "  " })).toBe(false);
    expect(isFiltered({ ...NO_FILTER, search: "sgd" })).toBe(true);
    expect(isFiltered({ ...NO_FILTER, statuses: ["failed"] })).toBe(true);
  });
});

describe("a selection", () => {
  const a = { number: 1, platform: "pytorch" } as const;
  const b = { number: 1, platform: "tensorflow" } as const;

  it("tells the trials of a pair apart, and holds none twice", () => {
    const both = withSelected(withSelected([], [a], true), [a, b], true);
    expect(both).toEqual([a, b]);
    expect(withSelected(both, [a], false)).toEqual([b]);
  });
});
