/** Reads of a dataset's table, for the hooks that keep pages. */
import * as api from "../api";
import type { AppError, DatasetId, DatasetProfile, TablePage } from "../types";

export function readRows(id: DatasetId, offset: number, limit: number): Promise<TablePage> {
  return api.datasets.rows(id, offset, limit);
}

export function readProfile(id: DatasetId, target: string | null): Promise<DatasetProfile> {
  return api.datasets.profile(id, target);
}

/** What a failed read came to. */
export function errorOf(caught: unknown): AppError {
  return api.asAppError(caught);
}
