import { describe, expect, it } from "vitest";
import { columnsBetween, frozenThatFit, placed, type GridColumn } from "./grid-columns";
import { blockOf, moved, sizeOf, wholeColumns, wholeRows, type GridCell } from "./grid-movement";

const bounds = { rowCount: 1000, columnCount: 6, rowsAPage: 20 };
const press = (row: number, column: number, key: string, ctrlKey = false): GridCell | null =>
  moved({ row, column }, { key, ctrlKey, metaKey: false }, bounds);

describe("keys", () => {
  it.each<[string, GridCell, string, boolean, GridCell]>([
    ["down", { row: 3, column: 2 }, "ArrowDown", false, { row: 4, column: 2 }],
    ["down at the end", { row: 999, column: 2 }, "ArrowDown", false, { row: 999, column: 2 }],
    ["up into the head", { row: 0, column: 2 }, "ArrowUp", false, { row: -1, column: 2 }],
    ["up in the head", { row: -1, column: 2 }, "ArrowUp", false, { row: -1, column: 2 }],
    ["left at the edge", { row: 5, column: 0 }, "ArrowLeft", false, { row: 5, column: 0 }],
    ["a page down", { row: 3, column: 1 }, "PageDown", false, { row: 23, column: 1 }],
    ["a page up stays out of the head", { row: 3, column: 1 }, "PageUp", false, { row: 0, column: 1 }],
    ["the row's start", { row: 3, column: 4 }, "Home", false, { row: 3, column: 0 }],
    ["the row's end", { row: 3, column: 4 }, "End", false, { row: 3, column: 5 }],
    ["the first cell", { row: 300, column: 4 }, "Home", true, { row: 0, column: 0 }],
    ["the last cell", { row: 3, column: 4 }, "End", true, { row: 999, column: 5 }],
    ["the column's end", { row: 3, column: 4 }, "ArrowDown", true, { row: 999, column: 4 }],
    ["the column's start, not the head", { row: 3, column: 4 }, "ArrowUp", true, { row: 0, column: 4 }],
  ])("%s", (_, from, key, ctrl, to) => {
    expect(press(from.row, from.column, key, ctrl)).toEqual(to);
  });

  it("leaves other keys alone", () => {
    expect(press(0, 0, "a")).toBeNull();
    expect(press(0, 0, "Enter")).toBeNull();
  });

  it("stays in the head of a table without rows", () => {
    const empty = { ...bounds, rowCount: 0 };
    expect(moved({ row: -1, column: 0 }, { key: "ArrowDown", ctrlKey: false, metaKey: false }, empty)).toEqual({ row: -1, column: 0 });
  });
});

describe("what is selected", () => {
  it("lies between both ends, whichever came first", () => {
    const block = blockOf({ anchor: { row: 9, column: 4 }, active: { row: 2, column: 1 } });
    expect(block).toEqual({ rows: [2, 9], columns: [1, 4] });
    expect(block && sizeOf(block)).toEqual({ nRows: 8, nColumns: 4 });
  });

  it("has no cells of the head", () => {
    expect(blockOf({ anchor: { row: -1, column: 1 }, active: { row: -1, column: 1 } })).toBeNull();
    expect(blockOf({ anchor: { row: -1, column: 1 }, active: { row: 2, column: 1 } })?.rows).toEqual([0, 2]);
  });

  it("may be whole rows and whole columns", () => {
    expect(blockOf(wholeRows(3, 5, 6))).toEqual({ rows: [3, 5], columns: [0, 5] });
    expect(blockOf(wholeColumns(1, 2, 1000))).toEqual({ rows: [0, 999], columns: [1, 2] });
  });
});

describe("columns", () => {
  const columns = placed(
    Array.from({ length: 2000 }, (_, place): GridColumn => ({
      key: `c${place}`,
      name: `c${place}`,
      place,
      width: 100,
      align: "left",
      order: null,
      head: null,
    })),
    60,
  );

  it("in sight are found among thousands", () => {
    expect(columnsBetween(columns, 0, 500)).toEqual([0, 5]);
    expect(columnsBetween(columns, 100_060, 100_560)).toEqual([999, 1006]);
    expect(columnsBetween(columns, 200_000, 201_000)[1]).toBe(1999);
    expect(columnsBetween([], 0, 500)).toEqual([0, -1]);
  });

  it("stay frozen only where others keep some room", () => {
    expect(frozenThatFit(columns, 2, 1000)).toBe(2);
    expect(frozenThatFit(columns, 40, 1000)).toBe(6);
    expect(frozenThatFit(columns, 1, 100)).toBe(0);
  });
});
