/** How a file is read, in words: what stands in the import dialog. Pure. */
import { formatCount, formatCounted } from "@ui/lib/format";
import type {
  ColumnReading,
  DateOrder,
  DecimalMark,
  FoundTable,
  LineEnd,
  Reading,
  ReadingOptions,
  SheetInfo,
  SkippedAs,
  SkippedLines,
} from "../types";

export interface Choice {
  value: string;
  label: string;
}

/** Any number of spaces or tabs. */
const SPACES = " +";

export const DELIMITERS: readonly Choice[] = [
  { value: ",", label: "Comma  ," },
  { value: ";", label: "Semicolon  ;" },
  { value: "\t", label: "Tab" },
  { value: "|", label: "Bar  |" },
  { value: SPACES, label: "Spaces" },
];

export function delimiterName(delimiter: string): string {
  return DELIMITERS.find(({ value }) => value === delimiter || (value === "\t" && delimiter === "\\t"))?.label ?? delimiter;
}

export const QUOTES: readonly Choice[] = [
  { value: '"', label: 'Double  "' },
  { value: "'", label: "Single  '" },
  { value: "", label: "None" },
];

export function quoteName(quote: string | null): string {
  return QUOTES.find(({ value }) => value === (quote ?? ""))?.label ?? quote ?? "None";
}

/** Labels of the WHATWG encoding standard that tables are met in. */
export const ENCODINGS: readonly Choice[] = [
  { value: "utf-8", label: "UTF-8" },
  { value: "windows-1252", label: "Western: Windows-1252, Latin-1" },
  { value: "iso-8859-15", label: "Western: ISO-8859-15" },
  { value: "macintosh", label: "Western: Macintosh" },
  { value: "windows-1250", label: "Central European: Windows-1250" },
  { value: "iso-8859-2", label: "Central European: ISO-8859-2" },
  { value: "windows-1251", label: "Cyrillic: Windows-1251" },
  { value: "koi8-r", label: "Cyrillic: KOI8-R" },
  { value: "windows-1253", label: "Greek: Windows-1253" },
  { value: "windows-1254", label: "Turkish: Windows-1254" },
  { value: "windows-1255", label: "Hebrew: Windows-1255" },
  { value: "windows-1256", label: "Arabic: Windows-1256" },
  { value: "windows-1257", label: "Baltic: Windows-1257" },
  { value: "shift_jis", label: "Japanese: Shift_JIS" },
  { value: "euc-jp", label: "Japanese: EUC-JP" },
  { value: "gb18030", label: "Chinese: GB18030" },
  { value: "big5", label: "Chinese: Big5" },
  { value: "euc-kr", label: "Korean: EUC-KR" },
  { value: "utf-16le", label: "UTF-16, little-endian" },
  { value: "utf-16be", label: "UTF-16, big-endian" },
];

export const DECIMALS: readonly (Choice & { value: DecimalMark })[] = [
  { value: "point", label: "Point: 3.14" },
  { value: "comma", label: "Comma: 3,14" },
];

export const DATE_ORDERS: readonly (Choice & { value: DateOrder })[] = [
  { value: "day_month_year", label: "Day, month, year: 30/11/2007" },
  { value: "month_day_year", label: "Month, day, year: 11/30/2007" },
  { value: "year_month_day", label: "Year, month, day: 2007-11-30" },
];

export const HEADER_ROWS: readonly Choice[] = [
  { value: "0", label: "None" },
  { value: "1", label: "1 row" },
  { value: "2", label: "2 rows, joined" },
  { value: "3", label: "3 rows, joined" },
  { value: "4", label: "4 rows, joined" },
];

const LINE_ENDS: Record<LineEnd, string> = {
  lf: "LF",
  cr_lf: "CR LF",
  cr: "CR",
  mixed: "more than one way",
};

export const SKIPPED_NAMES: Record<SkippedAs, string> = {
  preamble: "Above the table",
  footnote: "Note below the table",
  total: "Sums, no row",
  other_table: "Another table",
  comment: "Comment",
};

/** "line 3", "lines 3 to 8" */
export function linesText(first: number, last: number): string {
  return first === last ? `line ${formatCount(first)}` : `lines ${formatCount(first)} to ${formatCount(last)}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Remarks without capital and full stop, as one sentence. */
export function sentenceOf(remarks: readonly string[]): string {
  return `${capital(remarks.join("; "))}.`;
}

export function tableName({ first_line, last_line, n_rows, n_columns }: FoundTable): string {
  return `${capital(linesText(first_line, last_line))}: ${formatCount(n_rows)} × ${formatCount(n_columns)}`;
}

export function sheetName({ name, n_rows, n_columns, hidden }: SheetInfo): string {
  const size = n_rows > 0 ? `: ${formatCount(n_rows)} × ${formatCount(n_columns)}` : "";
  return `${name}${size}${hidden ? " (hidden)" : ""}`;
}

const FORMATS: Record<Reading["format"], string> = {
  text: "Text",
  json_lines: "JSON",
  workbook: "Workbook",
  parquet: "Parquet",
  arrow: "Arrow",
};

/** What was understood, a fact each. */
export function factsOf(reading: Reading): string[] {
  const { format, packing, encoding, dialect, sheet, n_rows, columns, blank_rows } = reading;
  return [
    `${formatCounted(n_rows, "row")} × ${formatCounted(columns.length, "column")}`,
    `${FORMATS[format]}${packing === null ? "" : packing === "gzip" ? ", packed by gzip" : ", packed by zstd"}`,
    ...(sheet === null ? [] : [`Sheet ${sheet}`]),
    ...(encoding === null ? [] : [encoding]),
    ...(dialect === null ? [] : [`Lines end with ${LINE_ENDS[dialect.line_end]}`]),
    ...(blank_rows === 0 ? [] : [`${formatCounted(blank_rows, "empty row")} passed over`]),
  ];
}

/** Which options a file of that format takes. */
export function takes(reading: Reading, option: keyof ReadingOptions): boolean {
  switch (option) {
    case "delimiter":
    case "quote":
    case "encoding":
      return reading.format === "text";
    case "header_rows":
      return reading.format === "text" || reading.format === "workbook";
    case "table":
      return reading.tables.length > 1;
    case "decimal":
    case "date_order":
    case "missing":
      return reading.format === "text" || reading.format === "workbook" || reading.format === "json_lines";
  }
}

/** A column that shows how numbers, or dates, were read; undefined where there is none. */
function example(columns: readonly ColumnReading[], rule: RegExp): string | undefined {
  const such = columns.filter((one) => rule.test(one.rule));
  // A cell with a sign inside says more than a whole number.
  const column = such.find(({ evidence }) => /\d[.,/-]\d/.test(evidence)) ?? such[0];
  return column === undefined ? undefined : `${column.name}: ${column.evidence}`;
}

/** What speaks for the reading of one option, a line. */
export function evidenceOf(reading: Reading, option: keyof ReadingOptions): string {
  const { dialect, columns, header_lines, tables, table } = reading;
  switch (option) {
    case "delimiter":
      return `Cuts rows into ${formatCounted(columns.length, "cell")}`;
    case "quote":
      if (dialect?.quote === null) return "Quotes are signs like others";
      return dialect?.escape === "backslash" ? "Inside a cell after a backslash" : "Inside a cell written twice";
    case "encoding":
      return "As its bytes suggest";
    case "header_rows": {
      const [first, last] = [header_lines[0], header_lines.at(-1)];
      return first === undefined || last === undefined ? "No row names the columns" : `Names in ${linesText(first, last)}`;
    }
    case "decimal":
      return example(columns, /decimal/) ?? "No number of the file shows it";
    case "date_order":
      return example(columns, /^date/) ?? "The file holds no dates";
    case "missing":
      return "Cells that count as empty; an empty cell always does";
    case "table":
      return `${formatCount(table)} of ${formatCount(tables.length)}`;
  }
}

/** What was found of an option, as its list names it; null where the file does not say. */
export function foundName(reading: Reading, option: keyof ReadingOptions): string | null {
  const { dialect, encoding, header_lines, decimal } = reading;
  switch (option) {
    case "delimiter":
      return dialect === null ? null : delimiterName(dialect.delimiter);
    case "quote":
      return dialect === null ? null : quoteName(dialect.quote);
    case "encoding":
      return encoding;
    case "header_rows":
      return HEADER_ROWS.find(({ value }) => value === String(header_lines.length))?.label ?? `${formatCount(header_lines.length)} rows`;
    case "decimal":
      return DECIMALS.find(({ value }) => value === decimal)?.label ?? null;
    case "date_order":
    case "missing":
    case "table":
      return null;
  }
}

/** What a person decided about the reading, a phrase each. */
export function decisionsInWords(options: ReadingOptions): string[] {
  const { delimiter, quote, encoding, header_rows, decimal, date_order, missing, table } = options;
  const labelOf = (choices: readonly Choice[], value: string) => choices.find((one) => one.value === value)?.label ?? value;
  const phrase = <T>(value: T | null | undefined, inWords: (value: T) => string) =>
    value === null || value === undefined ? [] : [inWords(value).replace(/ {2,}/g, " ")];
  return [
    ...phrase(delimiter, (value) => `delimiter: ${delimiterName(value)}`),
    ...phrase(quote, (value) => `quotes: ${quoteName(value)}`),
    ...phrase(encoding, (value) => `encoding: ${labelOf(ENCODINGS, value)}`),
    ...phrase(header_rows, (value) => `header: ${labelOf(HEADER_ROWS, String(value))}`),
    ...phrase(decimal, (value) => `decimal mark: ${labelOf(DECIMALS, value)}`),
    ...phrase(date_order, (value) => `dates: ${labelOf(DATE_ORDERS, value)}`),
    ...phrase(missing, (value) => `missing: ${value.length === 0 ? "empty cells only" : value.join(", ")}`),
    ...phrase(table, (value) => `table ${formatCount(value)} of the file`),
  ];
}

/** How often each spelling of "no value" occurs in the whole table, most frequent first; the empty cell is an empty text. */
export function missingCounts({ columns }: Reading): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { missing } of columns) {
    for (const { value, count } of missing) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return new Map([...counts].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a));
}

const ANSWERS: readonly { starts: string; options: Partial<ReadingOptions> }[] = [
  { starts: "decimal point", options: { decimal: "point" } },
  { starts: "decimal comma", options: { decimal: "comma" } },
  { starts: "day, month, year", options: { date_order: "day_month_year" } },
  { starts: "month, day, year", options: { date_order: "month_day_year" } },
  { starts: "year, month, day", options: { date_order: "year_month_day" } },
];

/** What a reading that a question offers comes to as a decision; null where its words are not known here. */
export function decisionOf(offered: string): Partial<ReadingOptions> | null {
  return ANSWERS.find(({ starts }) => offered.startsWith(starts))?.options ?? null;
}

/** A line and what is the matter with it. */
export interface LineNote {
  first: number;
  last: number;
  what: string;
}

export function leftOutNotes(skipped: readonly SkippedLines[]): LineNote[] {
  return skipped.map(({ first_line, last_line, skipped_as, text }) => ({
    first: first_line,
    last: last_line,
    what: `${SKIPPED_NAMES[skipped_as]}: ${text}`,
  }));
}
