/** What a person does with each dataset's table, kept while the app is open. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError, ColumnSummary, DatasetId, TableQuery } from "../../types";
import { ALL_ROWS } from "../table-query";

/** What became of a text that was sought. */
export type FindOutcome =
  | { state: "idle" | "searching" | "none" }
  /** `wrapped`: the end was passed. */
  | { state: "found"; rowNumber: number; column: string; isHidden: boolean; wrapped: boolean }
  | { state: "failed"; error: AppError };

export interface TableState {
  query: TableQuery;
  /** Marked wherever it is; empty where nothing is sought. */
  sought: string;
  outcome: FindOutcome;
  /** By the columns' names. */
  summaries: Readonly<Record<string, ColumnSummary>>;
  summariesError: AppError | null;
  /** What was asked of a column and refused. */
  trouble: { what: string; error: AppError } | null;
  /** Told to those who do not see it: "Copied 12 cells". */
  notice: string;
}

export const FRESH_TABLE: TableState = {
  query: ALL_ROWS,
  sought: "",
  outcome: { state: "idle" },
  summaries: {},
  summariesError: null,
  trouble: null,
  notice: "",
};

interface TablesState {
  tables: Partial<Record<DatasetId, TableState>>;
}

export const useTableStore = create<TablesState>()(() => ({ tables: {} }));

export function tableOf(id: DatasetId): TableState {
  return useTableStore.getState().tables[id] ?? FRESH_TABLE;
}

/** Changes what there is of a table; nothing happens where nothing changes. */
export function changeTable(id: DatasetId, change: Partial<TableState>): void {
  const before = tableOf(id);
  const isOther = (Object.keys(change) as (keyof TableState)[]).some((key) => change[key] !== before[key]);
  if (isOther) useTableStore.setState(({ tables }) => ({ tables: { ...tables, [id]: { ...before, ...change } } }));
}
