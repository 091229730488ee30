/** Which rows of a table a person wants to see: sort, filters, and what they are called. Pure. */
import { formatPlain } from "@ui/lib/format";
import type { CellCondition, ColumnFilter, ColumnSummary, RangeEnd, TableQuery, TableSort } from "../types";

export const ALL_ROWS: TableQuery = { sort: [], filters: [], search: null };

export type SortOrder = "ascending" | "descending" | null;

/** Whether fewer rows than all may be shown. */
export function isFiltered({ filters, search }: TableQuery): boolean {
  return filters.length > 0 || (search !== null && search !== "");
}

/** Whether rows are shown as they are in the file. */
export function isPlain(query: TableQuery): boolean {
  return query.sort.length === 0 && !isFiltered(query);
}

/** How a column is sorted by, and its place among several from 1; null where it is the only one. */
export function orderOf({ sort }: TableQuery, column: string): { order: SortOrder; rank: number | null } {
  const place = sort.findIndex((one) => one.column === column);
  const found = sort[place];
  if (found === undefined) return { order: null, rank: null };
  return { order: found.descending ? "descending" : "ascending", rank: sort.length > 1 ? place + 1 : null };
}

/** Sorts by a column as is said, alone or beside the others. */
export function sortedAs(query: TableQuery, column: string, order: SortOrder, adds: boolean): TableQuery {
  const next: TableSort | null = order === null ? null : { column, descending: order === "descending" };
  if (!adds) return { ...query, sort: next === null ? [] : [next] };
  const isThere = query.sort.some((one) => one.column === column);
  const kept = query.sort.flatMap((one) => (one.column !== column ? one : (next ?? [])));
  return { ...query, sort: isThere || next === null ? kept : [...kept, next] };
}

/** After a press on a column's head: up, down, then not at all. */
export function sortedBy(query: TableQuery, column: string, adds: boolean): TableQuery {
  const { order } = orderOf(query, column);
  const next = order === null ? "ascending" : order === "ascending" ? "descending" : null;
  return sortedAs(query, column, next, adds);
}

export function conditionOf({ filters }: TableQuery, column: string): CellCondition | null {
  return filters.find((filter) => filter.column === column)?.condition ?? null;
}

/** One condition a column; null takes it away. The same query comes back where nothing changes. */
export function filteredBy(query: TableQuery, column: string, condition: CellCondition | null): TableQuery {
  const before = conditionOf(query, column);
  if (JSON.stringify(before) === JSON.stringify(condition)) return query;
  if (condition === null) return { ...query, filters: query.filters.filter((filter) => filter.column !== column) };
  const filters: ColumnFilter[] =
    before === null
      ? [...query.filters, { column, condition }]
      : query.filters.map((filter) => (filter.column === column ? { column, condition } : filter));
  return { ...query, filters };
}

/** Every row is shown again; the order stays. */
export function unfiltered(query: TableQuery): TableQuery {
  return isFiltered(query) ? { ...query, filters: [], search: null } : query;
}

/** Without what is said of a column, as after it became another one. */
export function without(query: TableQuery, column: string): TableQuery {
  return sortedAs(filteredBy(query, column, null), column, null, true);
}

/** A value pressed among a column's most frequent: alone, beside others, or taken away again. */
export function pressedValue(query: TableQuery, column: string, value: string, adds: boolean): TableQuery {
  const now = conditionOf(query, column);
  const chosen = now?.kind === "values" && now.exclude !== true ? now.values : [];
  const isOn = chosen.includes(value);
  const next = adds
    ? isOn
      ? chosen.filter((one) => one !== value)
      : [...chosen, value]
    : isOn && chosen.length === 1
      ? []
      : [value];
  return filteredBy(query, column, next.length === 0 ? null : { kind: "values", values: next, exclude: false });
}

export type Histogram = Extract<ColumnSummary["spread"], { shape: "histogram" }>;

/** The range that bins cover: the last bin holds its upper end too. */
export function rangeOfBins({ edges, counts }: Histogram, first: number, last: number): CellCondition | null {
  const [from, to] = [edges[first], edges[last + 1]];
  if (from === undefined || from === null || to === undefined || to === null) return null;
  return {
    kind: "range",
    from: { value: from, inclusive: true },
    to: { value: to, inclusive: last === counts.length - 1 },
    keep_missing: false,
  };
}

/** The bins that a range touches; null where there is no such filter, or none of them is. */
export function binsOfRange({ edges, counts }: Histogram, condition: CellCondition | null): [number, number] | null {
  if (condition?.kind !== "range") return null;
  const from = condition.from?.value ?? Number.NEGATIVE_INFINITY;
  const { to } = condition;
  const touched = counts
    .map((_, bin) => bin)
    .filter((bin) => {
      const [low, high] = [edges[bin] ?? Number.NaN, edges[bin + 1] ?? Number.NaN];
      const isLast = bin === counts.length - 1;
      if (isLast ? high < from : high <= from) return false;
      return to === null || (to.inclusive ? low <= to.value : low < to.value);
    });
  const [first, last] = [touched[0], touched.at(-1)];
  return first === undefined || last === undefined ? null : [first, last];
}

/** What the numbers of a range are. */
export type RangeUnit = "number" | "date" | "time";

const DAY_MS = 86_400_000;

/** Of a column's range: numbers, moments, or times of day. */
export function rangeUnitOf(summary: ColumnSummary | undefined): RangeUnit {
  const spread = summary?.spread;
  if (spread?.shape !== "histogram" || !spread.dates) return summary?.kind === "datetime" ? "date" : "number";
  return /^\d{1,2}:\d{2}/.test(spread.labels[0] ?? "") ? "time" : "date";
}

/** As it is shown, and as it could be typed. */
export function endText(value: number, unit: RangeUnit): string {
  if (unit === "number") return formatPlain(Number(value.toPrecision(12)));
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return String(value);
  const [day = "", time = ""] = moment.toISOString().replace("Z", "").replace(".000", "").split("T");
  if (unit === "time") return time;
  return value % DAY_MS === 0 ? day : `${day} ${time}`;
}

/** What was typed as an end of a range; null where nothing was, NaN where it is none. */
export function endOf(text: string, unit: RangeUnit): number | null {
  const plain = text.trim();
  if (plain === "") return null;
  if (unit === "number") return Number(plain.replace(",", ".").replace("−", "-"));
  if (unit === "time") return /^\d{1,2}:\d{2}/.test(plain) ? Date.parse(`1970-01-01T${plain.padStart(5, "0")}Z`) : Number.NaN;
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/.exec(plain);
  if (match === null) return Number.NaN;
  const [, year = "", month = "", day = "", time = "00:00"] = match;
  return Date.parse(`${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}T${time.padStart(5, "0")}Z`);
}

/** An end as the column's picture shows it, where it is one of the bins'. */
function shownEnd({ value }: RangeEnd, summary: ColumnSummary | undefined): string {
  const spread = summary?.spread;
  const edge = spread?.shape === "histogram" ? spread.edges.indexOf(value) : -1;
  const label = spread?.shape === "histogram" ? spread.labels[edge] : undefined;
  return label ?? endText(value, rangeUnitOf(summary));
}

function rangeWords(from: RangeEnd | null, to: RangeEnd | null, summary: ColumnSummary | undefined): string {
  const isNumber = rangeUnitOf(summary) === "number";
  const text = (end: RangeEnd) => shownEnd(end, summary);
  if (from === null && to === null) return "any value";
  if (from === null) return to === null ? "" : `${to.inclusive ? (isNumber ? "at most" : "until") : isNumber ? "below" : "before"} ${text(to)}`;
  if (to === null) return `${from.inclusive ? (isNumber ? "at least" : "from") : isNumber ? "above" : "after"} ${text(from)}`;
  if (from.value === to.value) return `exactly ${text(from)}`;
  return `${from.inclusive ? "" : "above "}${text(from)} to ${to.inclusive ? "" : "below "}${text(to)}`;
}

const MOST_NAMED = 3;

const OPERATOR_WORDS = { contains: "contains", equals: "is", starts: "starts with" } as const;

/** A condition after its column's name: "colour is red or blue". `summary` is the column's, once it is there. */
export function conditionWords(condition: CellCondition, summary: ColumnSummary | undefined): string {
  switch (condition.kind) {
    case "range":
      return `${rangeWords(condition.from, condition.to, summary)}${condition.keep_missing === true ? ", or missing" : ""}`;
    case "values": {
      const { values, exclude } = condition;
      const named = values.slice(0, MOST_NAMED).map((value) => (value === null ? "missing" : value === "" ? "“”" : value));
      const more = values.length - named.length;
      return `is ${exclude === true ? "not " : ""}${named.join(" or ")}${more > 0 ? ` or ${more} more` : ""}`;
    }
    case "text":
      return `${OPERATOR_WORDS[condition.operator]} “${condition.text}”`;
    case "missing":
      return condition.missing ? "is missing" : "is not missing";
  }
}
