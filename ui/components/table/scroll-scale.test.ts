// Ten million rows on a canvas that a browser can hold: every row is reached,
// a wheel moves as it does elsewhere, and a thumb goes where it points.
import { describe, expect, it } from "vitest";
import { furthestRows, placeAfter, placeFor, rowsFor, scaleFor, scrollFor } from "./scroll-scale";

const ROW = 28;
const VIEW = 560;
const huge = scaleFor(10_000_000 * ROW, VIEW);
const small = scaleFor(5_000 * ROW, VIEW);
const last = huge.canvas - VIEW;

describe("the scale of scrolling", () => {
  it("leaves a table alone that fits a canvas", () => {
    expect(small.canvas).toBe(small.content);
    for (const scroll of [0, 1, 4_999, 100_000]) {
      expect(rowsFor(small, scroll)).toBe(scroll);
      expect(placeAfter(small, { scroll: 0, rows: 0 }, scroll)).toEqual({ scroll, rows: scroll });
    }
  });

  it("keeps the canvas below what browsers hold, and reaches both ends", () => {
    expect(huge.canvas).toBeLessThan(16_000_000);
    expect(rowsFor(huge, 0)).toBe(0);
    expect(rowsFor(huge, last)).toBe(furthestRows(huge));
    expect(furthestRows(huge) + VIEW).toBe(10_000_000 * ROW);
  });

  it("is the same way there and back, and never turns", () => {
    let before = -1;
    for (let scroll = 0; scroll <= last; scroll += last / 997) {
      const rows = rowsFor(huge, scroll);
      expect(rows).toBeGreaterThan(before);
      expect(scrollFor(huge, rows)).toBeCloseTo(scroll, 3);
      before = rows;
    }
  });

  it("moves by a wheel's own steps in the middle", () => {
    let place = placeFor(huge, 5_000_000 * ROW);
    const start = place.rows;
    for (let step = 1; step <= 50; step += 1) place = placeAfter(huge, place, place.scroll + 100);
    expect(place.rows - start).toBeCloseTo(5_000, 6);
  });

  it("jumps in proportion when the thumb is dragged", () => {
    const place = placeAfter(huge, { scroll: 0, rows: 0 }, last / 2);
    expect(place.rows).toBeCloseTo(furthestRows(huge) / 2, 0);
    expect(placeAfter(huge, place, last)).toEqual({ scroll: last, rows: furthestRows(huge) });
  });

  it("comes to the first row by small steps from wherever the rows are", () => {
    // The thumb has drifted: the canvas is nearly at its end, the rows are not.
    let place = { scroll: 350, rows: 900_000 };
    let steps = 0;
    while (place.rows > 0 && steps < 10_000) {
      place = placeAfter(huge, place, Math.max(0, place.scroll - 120));
      steps += 1;
    }
    expect(place).toEqual({ scroll: 0, rows: 0 });
    expect(steps).toBeLessThan(900_000 / 120 + 10);
  });

  it("comes to the last row by small steps", () => {
    let place = placeFor(huge, furthestRows(huge) - 3_000);
    for (let step = 0; step < 30; step += 1) place = placeAfter(huge, place, Math.min(last, place.scroll + 120));
    expect(place).toEqual({ scroll: last, rows: furthestRows(huge) });
  });

  it("does not go on past the rows' end where the canvas could", () => {
    const place = placeAfter(huge, { scroll: 1_000_000, rows: 60 }, 1_000_000 - 100);
    expect(place).toEqual({ scroll: 0, rows: 0 });
  });
});
