/** How a person looks at a sweep's trials: order, what is left out, what is picked. Pure; kept by `sweeps-store`. */
import type {
  ParameterValue,
  Trial,
  TrialColumn,
  TrialFilter,
  TrialQuery,
  TrialRange,
  TrialRef,
  TrialSort,
  TrialValues,
} from "../types";

export const NO_FILTER: TrialFilter = { platforms: [], statuses: [], ranges: [], values: [], search: "" };

/** Ranges and values drawn in a chart, beside those of the table's own filter. */
export interface Brush {
  ranges: readonly TrialRange[];
  values: readonly TrialValues[];
}

export interface TrialView {
  sort: readonly TrialSort[];
  filter: TrialFilter;
  brush: Brush;
  /** In the order in which they were picked. */
  selected: readonly TrialRef[];
  /** Keys of columns shown beside those that always are; null while nobody chose. */
  columns: readonly string[] | null;
}

export const NO_BRUSH: Brush = { ranges: [], values: [] };

export const FIRST_VIEW: TrialView = {
  sort: [],
  filter: NO_FILTER,
  brush: NO_BRUSH,
  selected: [],
  columns: null,
};

/** One text for a column, to compare and to key by. */
export function columnKey(column: TrialColumn): string {
  switch (column.column) {
    case "metric":
      return `metric ${column.metric}`;
    case "parameter":
      return `parameter ${column.name}`;
    case "number":
    case "platform":
    case "status":
    case "objective":
    case "best_epoch":
    case "epoch":
    case "train_seconds":
    case "parameter_count":
    case "seed":
      return column.column;
  }
}

export function refKey({ number, platform }: TrialRef): string {
  return `${number} ${platform}`;
}

export function refOf({ number, platform }: Trial): TrialRef {
  return { number, platform };
}

/**
 * The order after a press on a column's head: rising, falling, none. With
 * `adds`, the columns before it keep their say; without, it stands alone.
 */
export function sortAfter(
  sort: readonly TrialSort[],
  by: TrialColumn,
  { adds, descendingFirst = false }: { adds: boolean; descendingFirst?: boolean },
): TrialSort[] {
  const key = columnKey(by);
  const now = sort.find((one) => columnKey(one.by) === key);
  const next: TrialSort | null =
    now === undefined
      ? { by, descending: descendingFirst }
      : now.descending === descendingFirst
        ? { by, descending: !descendingFirst }
        : null;
  if (!adds) return next === null ? [] : [next];
  if (now === undefined) return next === null ? [...sort] : [...sort, next];
  return sort.flatMap((one) => (one !== now ? [one] : next === null ? [] : [next]));
}

/** The table's filter with what is drawn in a chart; both hold. */
export function brushed(filter: TrialFilter, brush: Brush): TrialFilter {
  if (brush.ranges.length === 0 && brush.values.length === 0) return filter;
  return { ...filter, ranges: [...filter.ranges, ...brush.ranges], values: [...filter.values, ...brush.values] };
}

/** What the core is asked for; order by objective unless a person says otherwise. */
export function queryOf(view: TrialView, isHigherBetter: boolean, offset: number, limit: number): TrialQuery {
  const usual: TrialSort = { by: { column: "objective" }, descending: isHigherBetter };
  return {
    sort: view.sort.length === 0 ? [usual] : [...view.sort],
    filter: brushed(view.filter, view.brush),
    offset,
    limit,
  };
}

/** The filter with another range for a column, or none where both ends are open. */
export function withRange(filter: TrialFilter, { column, min, max }: TrialRange): TrialFilter {
  const key = columnKey(column);
  const others = filter.ranges.filter((one) => columnKey(one.column) !== key);
  return { ...filter, ranges: min === null && max === null ? others : [...others, { column, min, max }] };
}

/** The filter with other values for a parameter, or all where none is named. */
export function withValues(filter: TrialFilter, name: string, values: ParameterValue[]): TrialFilter {
  const others = filter.values.filter((one) => one.name !== name);
  return { ...filter, values: values.length === 0 ? others : [...others, { name, values }] };
}

export function isFiltered({ platforms, statuses, ranges, values, search }: TrialFilter): boolean {
  return platforms.length + statuses.length + ranges.length + values.length > 0 || search.trim() !== "";
}

/** The selection with these in or out. */
export function withSelected(selected: readonly TrialRef[], refs: readonly TrialRef[], on: boolean): TrialRef[] {
  const touched = new Set(refs.map(refKey));
  const others = selected.filter((one) => !touched.has(refKey(one)));
  return on ? [...others, ...refs] : others;
}

