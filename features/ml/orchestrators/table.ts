/** Reads of a dataset's table, for the hooks that keep pages. */
import * as api from "../api";
import type { AppError, DatasetId, DatasetProfile, TablePage, TableQuery } from "../types";

const ALL_ROWS: TableQuery = { sort: [], filters: [], search: null };

export function readRows(id: DatasetId, offset: number, limit: number): Promise<TablePage> {
  return api.datasets.rows(id, ALL_ROWS, offset, limit, null);
}

export function readProfile(id: DatasetId, target: string | null): Promise<DatasetProfile> {
  return api.datasets.profile(id, target);
}

/** What a failed read came to. */
export function errorOf(caught: unknown): AppError {
  return api.asAppError(caught);
}
