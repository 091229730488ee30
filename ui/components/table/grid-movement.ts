/** Where keys take the active cell, and what is selected. Row −1 is the head. Pure. */

export interface GridCell {
  row: number;
  /** Among the columns shown, from 0. */
  column: number;
}

/** From the cell where it began to the active one, both included. */
export interface GridSelection {
  anchor: GridCell;
  active: GridCell;
}

/** First and last, both included. */
export interface GridBlock {
  rows: [number, number];
  columns: [number, number];
}

export interface GridBounds {
  rowCount: number;
  columnCount: number;
  /** Rows that a page's key passes. */
  rowsAPage: number;
}

export interface MoveKey {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
}

export const HEAD_ROW = -1;

export function clampCell({ row, column }: GridCell, { rowCount, columnCount }: GridBounds): GridCell {
  return {
    row: Math.max(HEAD_ROW, Math.min(rowCount - 1, row)),
    column: Math.max(0, Math.min(columnCount - 1, column)),
  };
}

/** Where a key takes the active cell; null for keys that do not move it. */
export function moved(from: GridCell, { key, ctrlKey, metaKey }: MoveKey, bounds: GridBounds): GridCell | null {
  const { rowCount, columnCount, rowsAPage } = bounds;
  const far = ctrlKey || metaKey;
  const { row, column } = from;
  // To the table's edge by Ctrl, but into the head only step by step.
  const target: Record<string, GridCell> = {
    ArrowDown: { row: far ? rowCount - 1 : row + 1, column },
    ArrowUp: { row: far ? Math.min(row, 0) : row - 1, column },
    ArrowRight: { row, column: far ? columnCount - 1 : column + 1 },
    ArrowLeft: { row, column: far ? 0 : column - 1 },
    PageDown: { row: Math.max(0, row) + rowsAPage, column },
    PageUp: { row: row === HEAD_ROW ? row : Math.max(0, row - rowsAPage), column },
    Home: far ? { row: 0, column: 0 } : { row, column: 0 },
    End: far ? { row: rowCount - 1, column: columnCount - 1 } : { row, column: columnCount - 1 },
  };
  const next = target[key];
  return next === undefined ? null : clampCell(next, bounds);
}

/** The cells between both ends of a selection; none in the head. */
export function blockOf({ anchor, active }: GridSelection): GridBlock | null {
  const [top, bottom] = [Math.min(anchor.row, active.row), Math.max(anchor.row, active.row)];
  if (bottom < 0) return null;
  return {
    rows: [Math.max(0, top), bottom],
    columns: [Math.min(anchor.column, active.column), Math.max(anchor.column, active.column)],
  };
}

export function sizeOf({ rows, columns }: GridBlock): { nRows: number; nColumns: number } {
  return { nRows: rows[1] - rows[0] + 1, nColumns: columns[1] - columns[0] + 1 };
}

/** All rows of some columns, or all columns of some rows; keys go on from `active`. */
export function wholeColumns(from: number, to: number, rowCount: number): GridSelection {
  return { anchor: { row: rowCount - 1, column: from }, active: { row: 0, column: to } };
}

export function wholeRows(from: number, to: number, columnCount: number): GridSelection {
  return { anchor: { row: from, column: columnCount - 1 }, active: { row: to, column: 0 } };
}
