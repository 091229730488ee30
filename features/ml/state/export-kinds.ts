/** What a table can be written as. Pure. */
import type { Dataset, ExportFormat } from "../types";

export type ExportKind = "csv" | "csv_typed" | "xlsx" | "parquet";

interface ExportLook {
  label: string;
  /** What becomes of the cells, a few words. */
  hint: string;
  format: ExportFormat;
  typed: boolean;
  /** As the system's dialog names the files. */
  files: { kind: string; extension: string };
}

const CSV = { kind: "CSV", extension: "csv" };

export const EXPORTS: Record<ExportKind, ExportLook> = {
  csv: { label: "CSV", hint: "Cells as they are in the source file", format: "csv", typed: false, files: CSV },
  csv_typed: { label: "CSV, as understood", hint: "Plain numbers, missing cells empty", format: "csv", typed: true, files: CSV },
  xlsx: { label: "Excel workbook", hint: "Numbers and dates as such", format: "xlsx", typed: true, files: { kind: "Excel workbook", extension: "xlsx" } },
  parquet: { label: "Parquet", hint: "Numbers and dates as such", format: "parquet", typed: true, files: { kind: "Parquet", extension: "parquet" } },
};

export const EXPORT_KINDS = Object.keys(EXPORTS) as ExportKind[];

/** Rows that a sheet of a workbook holds below its header. */
const MOST_SHEET_ROWS = 1_048_575;

/** Why a table cannot be written like this; null where it can. */
export function refusalOf(kind: ExportKind, { n_rows }: Dataset): string | null {
  return kind === "xlsx" && n_rows > MOST_SHEET_ROWS ? "It has more rows than a sheet holds" : null;
}

/** A name for the file that every system takes. */
export function exportName({ name }: Dataset, kind: ExportKind): string {
  const stem = name.replaceAll(/[<>:"/\\|?*\p{Cc}]/gu, " ").replaceAll(/\s+/g, " ").trim().replace(/\.+$/, "");
  return `${stem === "" ? "table" : stem}.${EXPORTS[kind].files.extension}`;
}
