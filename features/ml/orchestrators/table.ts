/** Reads of a dataset's table, for the hooks that keep what they read. */
import * as api from "../api";
import type { TableSource } from "../state/table-pages";
import type { AppError, DatasetId, TableQuery } from "../types";

export function tableSource(id: DatasetId): TableSource {
  return {
    view: (query) => api.datasets.view(id, query),
    rows: (query, offset, limit, columns) => api.datasets.rows(id, query, offset, limit, columns),
    errorOf,
  };
}

const ALL_ROWS: TableQuery = { sort: [], filters: [], search: null };

/** One row's cells, in the columns' order. */
export async function readRow(id: DatasetId, row: number): Promise<readonly (string | null)[]> {
  const page = await api.datasets.rows(id, ALL_ROWS, row, 1, null);
  const nColumns = page.nColumns;
  return page.length === 0 ? [] : Array.from({ length: nColumns }, (_, column) => page.cell(0, column));
}

/** What a failed read came to. */
export function errorOf(caught: unknown): AppError {
  return api.asAppError(caught);
}
