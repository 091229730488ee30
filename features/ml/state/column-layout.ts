/** How a table's columns are laid out: width, hidden, staying at the left. Pure. */
import type { Column, Dataset } from "../types";

/** What a person changed; by the columns' names. */
export interface ColumnLayout {
  /** Pixels. */
  widths: Readonly<Record<string, number>>;
  hidden: readonly string[];
  /** These stay in sight at the left. */
  frozen: readonly string[];
}

export const PLAIN_LAYOUT: ColumnLayout = { widths: {}, hidden: [], frozen: [] };

/** Tables whose layout is remembered; the ones changed least recently are forgotten. */
const LAYOUTS_KEPT = 100;

const LEAST_WIDTH = { numeric: 124, category: 132, boolean: 116, datetime: 148, text: 200, identifier: 124, constant: 124 } as const;
const USUAL_WIDEST = 280;

/** The share of missing values takes some room beside kind and role. */
const SHARE_WIDTH = 32;

/** Wide enough for what the head says, and for what such columns mostly hold. */
export function usualWidth({ name, kind, missing }: Column): number {
  const least = LEAST_WIDTH[kind] + (missing > 0 ? SHARE_WIDTH : 0);
  return Math.round(Math.min(USUAL_WIDEST, Math.max(least, name.length * 7.5 + 60)));
}

export interface ShownColumn {
  column: Column;
  /** Among the dataset's columns, from 0. */
  place: number;
  width: number;
  isFrozen: boolean;
}

/** The columns that are shown, those that stay at the left first, else in the file's order. */
export function shownColumns({ columns }: Dataset, { widths, hidden, frozen }: ColumnLayout): ShownColumn[] {
  const [left, out] = [new Set(frozen), new Set(hidden)];
  const shown = columns.flatMap((column, place) =>
    out.has(column.name)
      ? []
      : { column, place, width: widths[column.name] ?? usualWidth(column), isFrozen: left.has(column.name) },
  );
  return [...shown.filter((one) => one.isFrozen), ...shown.filter((one) => !one.isFrozen)];
}

function toggled(list: readonly string[], name: string, on: boolean): readonly string[] {
  if (list.includes(name) === on) return list;
  return on ? [...list, name] : list.filter((one) => one !== name);
}

export function withWidth(layout: ColumnLayout, name: string, width: number | null): ColumnLayout {
  const widths = Object.fromEntries(Object.entries(layout.widths).filter(([one]) => one !== name));
  return { ...layout, widths: width === null ? widths : { ...widths, [name]: width } };
}

/** Hidden columns do not stay at the left when they come back. */
export function withHidden(layout: ColumnLayout, name: string, on: boolean): ColumnLayout {
  return { ...layout, hidden: toggled(layout.hidden, name, on), frozen: on ? toggled(layout.frozen, name, false) : layout.frozen };
}

export function withFrozen(layout: ColumnLayout, name: string, on: boolean): ColumnLayout {
  return { ...layout, frozen: toggled(layout.frozen, name, on) };
}

export function allShown(layout: ColumnLayout): ColumnLayout {
  return layout.hidden.length === 0 ? layout : { ...layout, hidden: [] };
}

/** The layouts of all tables after one of them changed. */
export function remembered(
  layouts: Readonly<Record<string, ColumnLayout>>,
  id: string,
  layout: ColumnLayout,
): Record<string, ColumnLayout> {
  const others = Object.entries(layouts).filter(([one]) => one !== id);
  return Object.fromEntries([...others.slice(-(LAYOUTS_KEPT - 1)), [id, layout]]);
}
