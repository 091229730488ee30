/**
 * How far a very long table is scrolled. Browsers cap an element near 33
 * million pixels, so the element that is scrolled (the canvas) is shorter than
 * the rows. Small movements move the rows by as many pixels; a thumb that is
 * dragged jumps in proportion. Near both ends canvas and rows agree to the
 * pixel, so that the first and the last row are reached by any way. Pure.
 */

/** Well below every browser's cap, and exact as a float on its way through the compositor. */
const LONGEST_CANVAS = 8_000_000;
/** Pixels at either end that are not scaled. */
const END = 400_000;
/** From here on a step cannot be a wheel's: a pixel of the thumb's way is longer on any canvas that is scaled. */
const JUMP = 5_000;

export interface ScrollScale {
  /** Of all rows, pixels. */
  content: number;
  /** Of the element that is scrolled, pixels. */
  canvas: number;
  /** Of what is in sight, pixels. */
  view: number;
}

/** Where the canvas is scrolled to, and where the rows are. */
export interface ScrollPlace {
  scroll: number;
  rows: number;
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}

export function scaleFor(content: number, view: number): ScrollScale {
  return { content, canvas: Math.min(content, LONGEST_CANVAS), view };
}

/** The rows' furthest offset. */
export function furthestRows({ content, view }: ScrollScale): number {
  return Math.max(0, content - view);
}

function furthestScroll({ canvas, view }: ScrollScale): number {
  return Math.max(0, canvas - view);
}

/** Rows between the unscaled ends, for each pixel of the canvas. */
function slope(scale: ScrollScale): number {
  return (furthestRows(scale) - 2 * END) / (furthestScroll(scale) - 2 * END);
}

/** Where the rows are when the thumb stands at `scroll`. */
export function rowsFor(scale: ScrollScale, scroll: number): number {
  const [most, mostRows] = [furthestScroll(scale), furthestRows(scale)];
  const at = clamp(scroll, most);
  if (scale.canvas === scale.content || at <= END) return at;
  if (at >= most - END) return mostRows - (most - at);
  return END + (at - END) * slope(scale);
}

/** Where the thumb belongs when the rows are at `rows`. */
export function scrollFor(scale: ScrollScale, rows: number): number {
  const [most, mostRows] = [furthestScroll(scale), furthestRows(scale)];
  const at = clamp(rows, mostRows);
  if (scale.canvas === scale.content || at <= END) return at;
  if (at >= mostRows - END) return most - (mostRows - at);
  return END + (at - END) / slope(scale);
}

/** The rows at `rows`, the thumb where it belongs. */
export function placeFor(scale: ScrollScale, rows: number): ScrollPlace {
  return { rows: clamp(rows, furthestRows(scale)), scroll: scrollFor(scale, rows) };
}

/**
 * After the canvas was scrolled to `scroll`. Where the answer's `scroll` is
 * another, the canvas has come to its end before the rows have, and is to be
 * put there.
 */
export function placeAfter(scale: ScrollScale, before: ScrollPlace, scroll: number): ScrollPlace {
  const step = scroll - before.scroll;
  if (scale.canvas === scale.content || Math.abs(step) >= JUMP) return { scroll, rows: rowsFor(scale, scroll) };
  const rows = clamp(before.rows + step, furthestRows(scale));
  const isAtEnd = scroll <= 0 || scroll >= furthestScroll(scale) || rows === 0 || rows === furthestRows(scale);
  return isAtEnd ? placeFor(scale, rows) : { scroll, rows };
}
