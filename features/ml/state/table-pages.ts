/**
 * Pages of a table, kept while they are near. A page holds 200 rows, or fewer
 * of a very wide table, so that one answer stays small.
 */
import type { TablePage } from "../types";

const ROWS_A_PAGE = 200;
const CELLS_A_PAGE = 60_000;
const PAGES_KEPT = 60;

export function rowsPerPage(nColumns: number): number {
  return Math.max(10, Math.min(ROWS_A_PAGE, Math.floor(CELLS_A_PAGE / Math.max(1, nColumns))));
}

/** Page numbers that cover rows `first` to `last`, with the next one on either side within the table. */
export function pagesAround(first: number, last: number, perPage: number, nRows: number): number[] {
  const end = Math.max(0, Math.ceil(nRows / perPage) - 1);
  const from = Math.max(0, Math.floor((first - perPage / 2) / perPage));
  const to = Math.min(end, Math.floor((last + perPage / 2) / perPage));
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Least recently asked-for pages go first. */
export class PageCache {
  private readonly pages = new Map<number, TablePage>();

  get(page: number): TablePage | undefined {
    return this.pages.get(page);
  }

  has(page: number): boolean {
    return this.pages.has(page);
  }

  put(page: number, content: TablePage): void {
    this.pages.delete(page);
    this.pages.set(page, content);
    const [oldest] = this.pages.keys();
    if (this.pages.size > PAGES_KEPT && oldest !== undefined) this.pages.delete(oldest);
  }

  touch(page: number): void {
    const content = this.pages.get(page);
    if (content !== undefined) this.put(page, content);
  }
}
