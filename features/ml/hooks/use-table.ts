import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { errorOf, readRow, tableSource } from "../orchestrators/table";
import { PLAIN_LAYOUT, shownColumns, type ColumnLayout, type ShownColumn } from "../state/column-layout";
import { roleOf } from "../state/column-roles";
import { TablePages, type TableRows } from "../state/table-pages";
import { useColumnLayoutStore } from "../state/zustand/column-layout-store";
import { useFormStore } from "../state/zustand/form-store";
import { FRESH_TABLE, useTableStore, type TableState } from "../state/zustand/table-store";
import type { ColumnRole, ColumnSummary, Dataset, DatasetId, Loadable, TableQuery } from "../types";

export interface LiveTable extends TableRows {
  /** Told which rows and which places of columns are in sight. */
  onSee: TablePages["show"];
  retry: () => void;
}

/** Rows of a dataset's table, piece by piece as they come into sight. Mount anew for another dataset. */
export function useTableRows({ id, columns, n_rows }: Dataset, query: TableQuery): LiveTable {
  const [pages] = useState(() => new TablePages(tableSource(id), columns.length, n_rows, query));
  // Another kind may show its cells otherwise, and a file that was read again may have other rows.
  const kinds = columns.map((column) => column.kind).join();
  const key = `${n_rows} ${kinds} ${JSON.stringify(query)}`;
  const asked = useRef(key);
  useEffect(() => {
    if (key === asked.current) return;
    asked.current = key;
    pages.change(query);
  }, [pages, key, query]);
  const rows = useSyncExternalStore(pages.subscribe, pages.snapshot);
  return useMemo(
    () => ({
      ...rows,
      onSee: pages.show,
      retry: () => {
        pages.retry();
      },
    }),
    [rows, pages],
  );
}

/** One row's cells, in the columns' order. Mount anew for another row. */
export function useTableRow(id: DatasetId, row: number): Loadable<readonly (string | null)[]> {
  const [cells, setCells] = useState<Loadable<readonly (string | null)[]>>({ state: "loading" });
  useEffect(() => {
    let gone = false;
    readRow(id, row).then(
      (value) => {
        if (!gone) setCells({ state: "ready", value });
      },
      (caught: unknown) => {
        if (!gone) setCells({ state: "failed", error: errorOf(caught) });
      },
    );
    return () => {
      gone = true;
    };
  }, [id, row]);
  return cells;
}

/** Something of what a person does with a table. */
export function useTableState<T>(id: DatasetId, part: (state: TableState) => T): T {
  return useTableStore((state) => part(state.tables[id] ?? FRESH_TABLE));
}

/** A column at a glance; undefined until it is counted. */
export function useSummary(id: DatasetId, column: string): ColumnSummary | undefined {
  return useTableState(id, (state) => state.summaries[column]);
}

export function useColumnLayout(id: DatasetId): ColumnLayout {
  return useColumnLayoutStore((state) => state.layouts[id] ?? PLAIN_LAYOUT);
}

/** The columns that are shown, as they stand. */
export function useShownColumns(dataset: Dataset): ShownColumn[] {
  const layout = useColumnLayout(dataset.id);
  return useMemo(() => shownColumns(dataset, layout), [dataset, layout]);
}

/** What a column is for in the next run. */
export function useColumnRole(dataset: Dataset, column: string): ColumnRole {
  const form = useFormStore((state) => (state.dataset === dataset.id ? state.values : null));
  return useMemo(() => roleOf(dataset, column, form), [dataset, column, form]);
}
