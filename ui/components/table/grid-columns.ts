/** Where columns stand beside each other, and which are in sight. Pure. */
import type { ReactNode } from "react";

export interface GridColumn {
  key: string;
  /** As a person calls it. */
  name: string;
  /** Under which the cells of a row are asked for. */
  place: number;
  /** Pixels. */
  width: number;
  align: "left" | "right";
  order: "ascending" | "descending" | null;
  head: ReactNode;
}

/** A column with the pixel at which it starts. */
export interface PlacedColumn extends GridColumn {
  /** Among the columns shown, from 0. */
  index: number;
  start: number;
}

export const NARROWEST = 56;
export const WIDEST = 800;

export function fitWidth(width: number): number {
  return Math.round(Math.max(NARROWEST, Math.min(WIDEST, width)));
}

/** Each column after the one before it, the first at `from`, with the index `firstIndex`. */
export function placed(columns: readonly GridColumn[], from: number, firstIndex = 0): PlacedColumn[] {
  let start = from;
  return columns.map((column, place) => {
    const one = { ...column, index: firstIndex + place, start };
    start += column.width;
    return one;
  });
}

/** The pixel at which the last column ends. */
export function endOf(columns: readonly PlacedColumn[], from: number): number {
  const last = columns.at(-1);
  return last === undefined ? from : last.start + last.width;
}

/** How many of the first `n` columns can stay in sight and leave room to scroll the others. */
export function frozenThatFit(columns: readonly PlacedColumn[], n: number, viewWidth: number): number {
  const room = Math.max(0, viewWidth * 0.7);
  let fit = 0;
  while (fit < n && endOf(columns.slice(0, fit + 1), 0) <= room) fit += 1;
  return fit;
}

/** The first column that ends beyond `left`. */
function firstEndingBeyond(columns: readonly PlacedColumn[], left: number): number {
  let [low, high] = [0, columns.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const column = columns[middle];
    if (column !== undefined && column.start + column.width <= left) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First and last column between two pixels, and one more on either side; of none, the last is before the first. */
export function columnsBetween(columns: readonly PlacedColumn[], left: number, right: number): [number, number] {
  const first = Math.max(0, firstEndingBeyond(columns, left) - 1);
  const last = Math.min(columns.length - 1, firstEndingBeyond(columns, right) + 1);
  return [first, last];
}
