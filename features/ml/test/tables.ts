/** Pages and pictures of columns, as the core would send them. */
import { decodeTablePage, type PageCells } from "../api/table-page";
import type { ColumnSummary, TablePage } from "../types";

const MISSING_CELL = 0xffff_ffff;

/** As `TablePage::to_bytes` of the core writes it. */
export function encodedPage({ offset, n_rows, n_matching, row_numbers, rows }: TablePage): ArrayBuffer {
  const cells = rows.flat();
  const lengths = cells.map((cell) => cell?.length ?? MISSING_CELL);
  const words = new Uint32Array([offset, n_rows, n_matching, rows.length, rows[0]?.length ?? 0, ...row_numbers, ...lengths]);
  const text = new TextEncoder().encode(cells.map((cell) => cell ?? "").join(""));
  const bytes = new Uint8Array(words.byteLength + text.length);
  bytes.set(new Uint8Array(words.buffer));
  bytes.set(text, words.byteLength);
  return bytes.buffer;
}

/** A page of rows called `r0c0`, `r0c1`, …; `tag` tells one query's rows from another's. */
export function pageOf(offset: number, limit: number, columns: readonly number[], nMatching: number, tag = ""): PageCells {
  const numbers = Array.from({ length: Math.max(0, Math.min(limit, nMatching - offset)) }, (_, row) => offset + row);
  return decodeTablePage(
    encodedPage({
      offset,
      n_rows: 1_000_000,
      n_matching: nMatching,
      row_numbers: numbers,
      rows: numbers.map((row) => columns.map((column) => `${tag}r${row}c${column}`)),
    }),
  );
}

export function histogram(name: string, changes: Partial<ColumnSummary> = {}): ColumnSummary {
  return {
    name,
    kind: "numeric",
    kinds: ["numeric", "category"],
    n_rows: 150,
    missing: 3,
    distinct: 80,
    spread: {
      shape: "histogram",
      edges: [0, 1, 2, 3, 4],
      labels: ["0", "1", "2", "3", "4"],
      counts: [40, 7, 60, 40],
      dates: false,
    },
    ...changes,
  };
}

export function frequent(name: string, values: readonly [string, number][], changes: Partial<ColumnSummary> = {}): ColumnSummary {
  return {
    name,
    kind: "category",
    kinds: ["category", "text"],
    n_rows: 150,
    missing: 0,
    distinct: values.length,
    spread: { shape: "values", top: values.map(([value, count]) => ({ value, count })), other: 0 },
    ...changes,
  };
}
