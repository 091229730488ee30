// What a table shows while a person scrolls, sorts and filters: rows in sight
// stay until newer ones are there, the newest question wins, and only what is
// looked at is asked for.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pageOf } from "../test/tables";
import type { AppError, PageCells, TableQuery, TableView } from "../types";
import { ROWS_A_PIECE, TablePages } from "./table-pages";
import { ALL_ROWS, sortedBy } from "./table-query";

const N_ROWS = 1_000_000;
const byA = sortedBy(ALL_ROWS, "a", false);
const byB = sortedBy(ALL_ROWS, "b", false);
const asError = (caught: unknown): AppError => ({ code: "internal", message: String(caught), hint: null });

interface Asked<T> {
  query: TableQuery;
  offset: number;
  columns: number[];
  answer: (value: T) => void;
  fail: (caught: unknown) => void;
}

/** A core that answers when told to. */
function slowCore() {
  const rows: Asked<PageCells>[] = [];
  const views: Asked<TableView>[] = [];
  return {
    rows,
    views,
    source: {
      view: (query: TableQuery) =>
        new Promise<TableView>((answer, fail) => {
          views.push({ query, offset: 0, columns: [], answer, fail });
        }),
      rows: (query: TableQuery, offset: number, _limit: number, columns: number[]) =>
        new Promise<PageCells>((answer, fail) => {
          rows.push({ query, offset, columns, answer, fail });
        }),
      errorOf: asError,
    },
    /** Answers all that was asked so far, with rows that carry a tag. */
    answerRows: async (tag = "", nMatching = N_ROWS) => {
      for (const one of rows.splice(0)) one.answer(pageOf(one.offset, ROWS_A_PIECE, one.columns, nMatching, tag));
      await settled();
    },
  };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

function open(nColumns = 3) {
  const core = slowCore();
  const pages = new TablePages(core.source, nColumns, N_ROWS, ALL_ROWS);
  const places = Array.from({ length: nColumns }, (_, place) => place);
  return {
    ...core,
    pages,
    see: (first: number, seen = places) => {
      pages.show({ first, last: first + 9, places: seen });
    },
    at: (index: number, place = 0) => pages.snapshot().rowAt(index)?.cell(place),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("pieces of a table", () => {
  it("are asked for once, as they come into sight, without asking how many rows there are", async () => {
    const { rows, views, see, at, answerRows, pages } = open();
    expect(pages.snapshot()).toMatchObject({ nMatching: N_ROWS, isBusy: false });
    see(0);
    see(1);
    expect(rows.map((one) => [one.offset, one.columns])).toEqual([[0, [0, 1, 2]]]);
    expect(at(4)).toBeUndefined();
    await answerRows();
    expect(at(4, 2)).toBe("r4c2");
    expect(pages.snapshot().rowAt(4)?.number).toBe(5);
    see(20);
    expect(rows).toHaveLength(0);
    expect(views).toHaveLength(0);
    see(25);
    see(40);
    see(60);
    see(90);
    see(120);
    see(140);
    expect(rows.map((one) => one.offset)).toEqual([200]);
  });

  it("of a wide table are of the columns in sight alone", async () => {
    const { rows, see, at, answerRows } = open(1000);
    see(0, [0, 130, 131]);
    expect(rows.map((one) => one.columns[0])).toEqual([0, 128]);
    await answerRows();
    expect(at(3, 131)).toBe("r3c131");
    expect(at(3, 70)).toBeUndefined();
    see(0, [990]);
    expect(rows[0]?.columns).toEqual(Array.from({ length: 40 }, (_, place) => 960 + place));
    await answerRows();
    expect(at(3, 999)).toBe("r3c999");
    expect(at(3, 131)).toBe("r3c131");
  });

  it("are not asked for where a flying thumb only passes", async () => {
    const { rows, see, answerRows } = open();
    see(0);
    await answerRows();
    for (const first of [50_000, 200_000, 600_000, 900_000]) {
      see(first);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(rows).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(rows.map((one) => one.offset)).toEqual([900_000, 899_800]);
  });

  it("wait for each other, so that what is in sight comes before what was", async () => {
    const { rows, see } = open();
    for (const first of [0, 10_000, 20_000, 30_000]) {
      see(first);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(rows.map((one) => one.offset)).toEqual([0, 10_000, 9_800]);
    see(40_000);
    await vi.advanceTimersByTimeAsync(100);
    rows[0]?.answer(pageOf(0, ROWS_A_PIECE, [0, 1, 2], N_ROWS));
    await settled();
    expect(rows[3]?.offset).toBe(40_000);
  });

  it("go when there are many, those looked at least recently first", async () => {
    const { see, at, answerRows, rows } = open();
    for (let block = 0; block < 100; block += 1) {
      see(block * ROWS_A_PIECE + 90);
      await vi.advanceTimersByTimeAsync(100);
      await answerRows();
    }
    expect(at(99 * ROWS_A_PIECE)).toBe(`r${99 * ROWS_A_PIECE}c0`);
    expect(at(0)).toBeUndefined();
    see(90);
    await vi.advanceTimersByTimeAsync(100);
    expect(rows[0]?.offset).toBe(0);
  });
});

describe("a table that has changed", () => {
  it("is read anew where it is looked at", async () => {
    const { pages, views, rows, see, at, answerRows } = open();
    see(500);
    await vi.advanceTimersByTimeAsync(100);
    await answerRows();
    pages.change(ALL_ROWS);
    views[0]?.answer({ n_rows: N_ROWS, n_matching: N_ROWS });
    await settled();
    expect(rows.map((one) => one.offset)).toEqual([400]);
    await answerRows("new ");
    expect(at(500)).toBe("new r500c0");
  });
});

describe("another query", () => {
  async function opened() {
    const table = open();
    table.see(500);
    await vi.advanceTimersByTimeAsync(100);
    await table.answerRows();
    return table;
  }

  it("keeps the old rows in sight until its own are there, from the first on", async () => {
    const { pages, views, rows, at, answerRows } = await opened();
    pages.change(byA);
    expect(pages.snapshot().isBusy).toBe(true);
    expect(at(500)).toBe("r500c0");
    views[0]?.answer({ n_rows: N_ROWS, n_matching: 40 });
    await settled();
    expect(rows.map((one) => [one.query, one.offset])).toEqual([[byA, 0]]);
    expect(pages.snapshot()).toMatchObject({ nMatching: N_ROWS, isBusy: true, query: ALL_ROWS });
    await answerRows("new ", 40);
    expect(pages.snapshot()).toMatchObject({ nMatching: 40, isBusy: false, query: byA });
    expect(at(0)).toBe("new r0c0");
    expect(at(500)).toBeUndefined();
  });

  it("shows that it has no rows", async () => {
    const { pages, views, rows } = await opened();
    pages.change(byA);
    views[0]?.answer({ n_rows: N_ROWS, n_matching: 0 });
    await settled();
    expect(rows).toHaveLength(0);
    expect(pages.snapshot()).toMatchObject({ nMatching: 0, isBusy: false, error: null });
  });

  it("wins over one asked before it, whichever answers first", async () => {
    const { pages, views, rows, at, answerRows } = await opened();
    pages.change(byA);
    pages.change(byB);
    const [older, newer] = views;
    newer?.answer({ n_rows: N_ROWS, n_matching: 30 });
    await settled();
    await answerRows("b ", 30);
    older?.answer({ n_rows: N_ROWS, n_matching: 999 });
    await settled();
    expect(rows).toHaveLength(0);
    expect(pages.snapshot()).toMatchObject({ nMatching: 30, isBusy: false });
    expect(at(0)).toBe("b r0c0");
  });

  it("is not disturbed by rows or by refusals of one before it", async () => {
    const { pages, views, rows, see, at, answerRows } = await opened();
    see(525);
    see(550);
    const late = rows.splice(0);
    expect(late.length).toBeGreaterThan(0);
    pages.change(byA);
    pages.change(byB);
    views[0]?.fail("given up for a newer query");
    views[1]?.answer({ n_rows: N_ROWS, n_matching: 30 });
    await settled();
    await answerRows("b ", 30);
    for (const one of late) one.answer(pageOf(one.offset, ROWS_A_PIECE, one.columns, N_ROWS, "old "));
    await settled();
    expect(pages.snapshot()).toMatchObject({ nMatching: 30, error: null });
    expect(at(0)).toBe("b r0c0");
  });

  it("that fails says so, keeps the rows, and can be tried again", async () => {
    const { pages, views, at, answerRows } = await opened();
    pages.change(byA);
    views[0]?.fail("no such column");
    await settled();
    expect(pages.snapshot()).toMatchObject({ isBusy: false, error: { message: "no such column" } });
    expect(at(500)).toBe("r500c0");
    pages.retry();
    expect(pages.snapshot().error).toBeNull();
    views[1]?.answer({ n_rows: N_ROWS, n_matching: 12 });
    await settled();
    await answerRows("a ", 12);
    expect(at(0)).toBe("a r0c0");
  });
});
