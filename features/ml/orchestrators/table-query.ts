/** What a person asks of a table's rows: another order, fewer rows, a text, a copy. */
import { formatCounted } from "@ui/lib/format";
import * as api from "../api";
import {
  filteredBy,
  pressedValue,
  sortedAs,
  sortedBy,
  unfiltered,
  type SortOrder,
} from "../state/table-query";
import { changeTable, tableOf } from "../state/zustand/table-store";
import { useColumnLayoutStore } from "../state/zustand/column-layout-store";
import type { CellCondition, CellPosition, Dataset, DatasetId, SearchDirection, SearchHit, TableQuery } from "../types";

function changeQuery(id: DatasetId, change: (query: TableQuery) => TableQuery): void {
  changeTable(id, { query: change(tableOf(id).query) });
}

/** A press on a column's head. */
export function pressSort(id: DatasetId, column: string, adds: boolean): void {
  changeQuery(id, (query) => sortedBy(query, column, adds));
}

export function sortTable(id: DatasetId, column: string, order: SortOrder): void {
  changeQuery(id, (query) => sortedAs(query, column, order, false));
}

/** One condition a column; null takes it away. */
export function filterTable(id: DatasetId, column: string, condition: CellCondition | null): void {
  changeQuery(id, (query) => filteredBy(query, column, condition));
}

export function pressValue(id: DatasetId, column: string, value: string, adds: boolean): void {
  changeQuery(id, (query) => pressedValue(query, column, value, adds));
}

/** Only rows with a cell that contains the text; none for all rows. */
export function filterByText(id: DatasetId, search: string | null): void {
  changeQuery(id, (query) => ({ ...query, search: search === "" ? null : search }));
}

export function clearFilters(id: DatasetId): void {
  changeQuery(id, unfiltered);
}

let findsSoFar = 0;

/** Sought from now on; an older question is forgotten. */
export function seek(id: DatasetId, sought: string): void {
  findsSoFar += 1;
  changeTable(id, { sought, outcome: { state: "idle" } });
}

/**
 * The next cell with the text that is sought, or the one before; null where
 * there is none, where the search failed, or where a newer one overtook it.
 */
export async function findCell(
  dataset: Dataset,
  from: CellPosition | null,
  direction: SearchDirection,
): Promise<SearchHit | null> {
  const { id, columns } = dataset;
  const { query, sought } = tableOf(id);
  if (sought === "") return null;
  findsSoFar += 1;
  const own = findsSoFar;
  changeTable(id, { outcome: { state: "searching" } });
  try {
    const hit = await api.datasets.find(id, query, sought, from, direction);
    if (own !== findsSoFar) return null;
    if (hit === null) {
      changeTable(id, { outcome: { state: "none" } });
      return null;
    }
    const column = columns[hit.position.column]?.name ?? "";
    const isHidden = useColumnLayoutStore.getState().layouts[id]?.hidden.includes(column) === true;
    changeTable(id, {
      outcome: { state: "found", rowNumber: hit.row_number + 1, column, isHidden, wrapped: hit.wrapped },
    });
    return hit;
  } catch (caught) {
    if (own === findsSoFar) changeTable(id, { outcome: { state: "failed", error: api.asAppError(caught) } });
    return null;
  }
}

/** Cells to copy: rows by their place among those shown, columns by theirs in the dataset. */
export interface CopiedCells {
  offset: number;
  nRows: number;
  places: number[];
  withNames: boolean;
}

/**
 * Puts cells on the clipboard as tab-separated text. The clipboard is asked at
 * once, with the text to follow: WebKit lets only a key or a press itself write.
 */
export async function copyCells(id: DatasetId, { offset, nRows, places, withNames }: CopiedCells): Promise<void> {
  const text = api.datasets.copy(id, tableOf(id).query, offset, nRows, places, withNames);
  try {
    await writeClipboard(text);
    changeTable(id, { notice: `Copied ${formatCounted(nRows * places.length, "cell")}`, trouble: null });
  } catch (caught) {
    changeTable(id, { trouble: { what: "Cells were not copied", error: api.asAppError(caught) } });
  }
}

async function writeClipboard(text: Promise<string>): Promise<void> {
  const { clipboard } = navigator;
  if (typeof ClipboardItem === "undefined") {
    await clipboard.writeText(await text);
    return;
  }
  const blob = text.then((plain) => new Blob([plain], { type: "text/plain" }));
  try {
    await clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } catch {
    // Where a text to follow is not taken; what the core refused is thrown again here.
    await clipboard.writeText(await text);
  }
}
