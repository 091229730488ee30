// What is drawn while an element is scrolled: what a person sees and a little
// more, wherever in ten million rows, and the element never out of step.
import { expect, it, vi } from "vitest";
import { placed, type GridColumn } from "./grid-columns";
import { GridSight, ROW_HEIGHT, type GridLayout } from "./grid-sight";

const HEAD = 88;
const VIEW = 20 * ROW_HEIGHT;

function layoutOf(rowCount: number): GridLayout {
  const columns = Array.from({ length: 300 }, (_, place): GridColumn => ({
    key: `c${place}`,
    name: `c${place}`,
    place,
    width: 100,
    align: "left",
    order: null,
    head: null,
  }));
  return { rowCount, headHeight: HEAD, frozen: [], scrolled: placed(columns, 60), frozenWidth: 60 };
}

/** An element as high as twenty rows and their head; scrolls as far as the canvas lets it. */
function opened(rowCount: number) {
  const sight = new GridSight(layoutOf(rowCount), { width: 1000, height: HEAD + VIEW });
  const element = document.createElement("div");
  let top = 0;
  Object.defineProperties(element, {
    clientHeight: { get: () => HEAD + VIEW },
    clientWidth: { get: () => 1000 },
    scrollTop: {
      get: () => top,
      set: (wanted: number) => {
        top = Math.round(Math.max(0, Math.min(sight.snapshot().canvas - VIEW, wanted)));
      },
    },
  });
  sight.attach(element);
  const scroll = (to: number) => {
    element.scrollTop = to;
    sight.onScroll();
    sight.moveThumb();
  };
  const showRow = (row: number) => {
    sight.showRow(row);
    sight.moveThumb();
  };
  return { sight, element, scroll, showRow };
}

it("draws the rows in sight and a few beyond, and the columns in sight", () => {
  const { sight } = opened(1000);
  expect(sight.snapshot()).toMatchObject({ first: 0, firstSeen: 0, lastSeen: 19, firstColumn: 0, shift: 0 });
  expect(sight.snapshot().last).toBeLessThan(32);
  expect(sight.snapshot().lastColumn).toBeLessThan(12);
});

it("draws never more rows than it has elements for", () => {
  const { sight, scroll } = opened(1000);
  for (let at = 0; at < 20_000; at += 37) {
    scroll(at);
    const { first, last, pool } = sight.snapshot();
    expect(last - first).toBeLessThan(pool);
  }
});

it.each([0, 1, 4_999_999, 9_999_998, 9_999_999])("shows row %i of ten million, and knows which it is", (row) => {
  const { sight, element, showRow } = opened(10_000_000);
  showRow(row);
  const { firstSeen, lastSeen, shift } = sight.snapshot();
  expect(firstSeen).toBeLessThanOrEqual(row);
  expect(lastSeen).toBeGreaterThanOrEqual(row);
  // Where the row is drawn, from the element's upper edge.
  const y = HEAD + row * ROW_HEIGHT + shift - element.scrollTop;
  expect(y).toBeGreaterThanOrEqual(HEAD);
  expect(y + ROW_HEIGHT).toBeLessThanOrEqual(HEAD + VIEW);
  expect(sight.rowAt(y + 1)).toBe(row);
});

it("takes the event that follows its own scrolling for no step", () => {
  const { sight, showRow } = opened(10_000_000);
  showRow(5_000_000);
  const before = sight.snapshot();
  sight.onScroll();
  expect(sight.snapshot()).toBe(before);
});

it("puts a thumb that has drifted where it belongs, and no row moves", () => {
  vi.useFakeTimers();
  const { sight, element, showRow, scroll } = opened(10_000_000);
  showRow(5_000_000);
  for (let step = 0; step < 40; step += 1) scroll(element.scrollTop + 280);
  const drifted = element.scrollTop;
  const seen = sight.snapshot().firstSeen;
  vi.advanceTimersByTime(1000);
  sight.moveThumb();
  expect(element.scrollTop).toBeLessThan(drifted);
  expect(sight.snapshot().firstSeen).toBe(seen);
  vi.useRealTimers();
});

it("stays where it is when rows go, as far as there are rows", () => {
  const { sight, element, showRow } = opened(10_000_000);
  showRow(9_999_999);
  sight.lay(layoutOf(100));
  sight.moveThumb();
  expect(sight.snapshot().lastSeen).toBe(99);
  expect(element.scrollTop).toBe(100 * ROW_HEIGHT - VIEW);
});
