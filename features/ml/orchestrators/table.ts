/** Reads of a dataset's table, for the hooks that keep what they read. */
import * as api from "../api";
import type { TableSource } from "../state/table-pages";
import type { AppError, ColumnStats, DatasetId } from "../types";

export function tableSource(id: DatasetId): TableSource {
  return {
    view: (query) => api.datasets.view(id, query),
    rows: (query, offset, limit, columns) => api.datasets.rows(id, query, offset, limit, columns),
    errorOf,
  };
}

export function readStats(id: DatasetId): Promise<ColumnStats[]> {
  return api.datasets.stats(id);
}

/** What a failed read came to. */
export function errorOf(caught: unknown): AppError {
  return api.asAppError(caught);
}
