/** How a file is read; until the generated bindings list it. */
import type { ColumnKind, SheetInfo as ListedSheet, ValueCount } from "./bindings";

export type DecimalMark = "point" | "comma";
export type DateOrder = "year_month_day" | "day_month_year" | "month_day_year";
export type FileFormat = "text" | "json_lines" | "workbook" | "parquet" | "arrow";
export type Packing = "gzip" | "zstandard";
export type QuoteEscape = "doubled" | "backslash";
export type LineEnd = "lf" | "cr_lf" | "cr" | "mixed";
export type SkippedAs = "preamble" | "footnote" | "total" | "other_table";

export type SheetInfo = ListedSheet & { hidden: boolean };

export interface ReadingOptions {
  delimiter: string | null;
  quote: string | null;
  encoding: string | null;
  header_rows: number | null;
  decimal: DecimalMark | null;
  date_order: DateOrder | null;
  missing: string[] | null;
  table: number | null;
}

export interface Dialect {
  delimiter: string;
  quote: string | null;
  escape: QuoteEscape;
  line_end: LineEnd;
}

export interface SkippedLines {
  first_line: number;
  last_line: number;
  skipped_as: SkippedAs;
  text: string;
}

export interface FoundTable {
  first_line: number;
  last_line: number;
  n_columns: number;
  n_rows: number;
}

export interface ReadingQuestion {
  question: string;
  chosen: string;
  other: string;
}

export interface ColumnReading {
  name: string;
  kind: ColumnKind;
  rule: string;
  evidence: string;
  question: ReadingQuestion | null;
  missing: ValueCount[];
}

export interface ProblemRow {
  line: number;
  reason: string;
}

export interface Reading {
  format: FileFormat;
  packing: Packing | null;
  encoding: string | null;
  dialect: Dialect | null;
  decimal: DecimalMark;
  evidence: string[];
  header_lines: number[];
  skipped: SkippedLines[];
  blank_rows: number;
  tables: FoundTable[];
  table: number;
  sheets: SheetInfo[];
  sheet: string | null;
  columns: ColumnReading[];
  n_rows: number;
  preview: (string | null)[][];
  problems: ProblemRow[];
  n_problems: number;
}
