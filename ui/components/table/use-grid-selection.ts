import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type RefObject } from "react";
import type { PlacedColumn } from "./grid-columns";
import {
  blockOf,
  clampCell,
  HEAD_ROW,
  moved,
  wholeColumns,
  wholeRows,
  type GridBlock,
  type GridCell,
  type GridSelection,
} from "./grid-movement";
import type { GridSight } from "./grid-sight";

/** What keys that do not move ask of whoever shows the table. */
export interface GridAsks {
  /** The cells to copy; `withNames` with the columns' names above. */
  onCopy: (block: GridBlock, withNames: boolean) => void;
  onFind: () => void;
  onGoTo: () => void;
  /** The column's own menu, at its head; `column` among those shown. */
  onMenu: (column: number) => void;
  /** Enter on a head; `adds` with Shift. */
  onSort: (column: number, adds: boolean) => void;
  /** So many pixels wider. */
  onWiden: (column: number, by: number) => void;
}

interface Options {
  scroller: RefObject<HTMLDivElement | null>;
  sight: GridSight;
  columns: readonly PlacedColumn[];
  rowCount: number;
  asks: GridAsks;
}

const WIDER = 16;
/** How often rows go on while a selection is drawn beyond the edge. */
const DRAW_ON_MS = 40;
const CELL = "[data-cell]";

function cellFrom(target: EventTarget | null): GridCell | null {
  const key = target instanceof Element ? target.closest<HTMLElement>(CELL)?.dataset.cell : undefined;
  const [row, column] = (key ?? "").split(":").map(Number);
  return row === undefined || column === undefined ? null : { row, column };
}

/** A control within a head takes its own keys. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, input, [role=separator]") !== null;
}

/** The active cell and what is selected, by pointer and by keys. The head is row −1. */
export function useGridSelection({ scroller, sight, columns, rowCount, asks }: Options) {
  const [kept, setSelection] = useState<GridSelection>({ anchor: { row: 0, column: 0 }, active: { row: 0, column: 0 } });
  const bounds = { rowCount, columnCount: columns.length, rowsAPage: 1 };
  // Rows and columns may have gone since.
  const selection = { anchor: clampCell(kept.anchor, bounds), active: clampCell(kept.active, bounds) };
  const latest = useRef({ selection, columns, rowCount, asks });
  useEffect(() => {
    latest.current = { selection, columns, rowCount, asks };
  });

  /** Whether the keys are the cells'; then the focus follows the active cell. */
  const holdsFocus = useCallback(() => {
    const focused = document.activeElement;
    return focused !== null && (focused === scroller.current || (scroller.current?.contains(focused) === true && focused.matches(CELL)));
  }, [scroller]);

  const select = useCallback(
    (next: GridSelection) => {
      const { row, column } = next.active;
      // The cell that has the focus may be taken from the document; the grid keeps it meanwhile.
      const isDrawn = scroller.current?.querySelector(`[data-cell="${row}:${column}"]`) !== null;
      if (!isDrawn && holdsFocus()) scroller.current?.focus({ preventScroll: true });
      if (row >= 0) sight.showRow(row);
      const shown = latest.current.columns[column];
      if (shown !== undefined) sight.showColumn(shown);
      setSelection(next);
    },
    [holdsFocus, scroller, sight],
  );

  const activate = useCallback(
    (cell: GridCell, extends_ = false) => {
      select({ anchor: extends_ ? latest.current.selection.anchor : cell, active: cell });
    },
    [select],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (isControl(event.target) && (event.key === "Enter" || event.key === " ")) return;
    const { active, anchor } = selection;
    const isHead = active.row === HEAD_ROW;
    const ctrl = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const { length } = columns;
    const act = (): boolean => {
      if (event.altKey) {
        if (key === "ArrowDown") asks.onMenu(active.column);
        else if (key === "ArrowRight") asks.onWiden(active.column, WIDER);
        else if (key === "ArrowLeft") asks.onWiden(active.column, -WIDER);
        else return false;
        return true;
      }
      const next = moved(active, event, { rowCount, columnCount: length, rowsAPage: sight.rowsInSight() });
      if (next !== null) {
        activate(next, event.shiftKey);
        return true;
      }
      const block = blockOf(selection);
      if (key === "ContextMenu" || (event.shiftKey && key === "F10")) asks.onMenu(active.column);
      else if (isHead && key === "Enter") asks.onSort(active.column, event.shiftKey);
      else if (isHead && key === " ") select(wholeColumns(active.column, active.column, rowCount));
      else if (ctrl && key === " ") select(wholeColumns(anchor.column, active.column, rowCount));
      else if (event.shiftKey && key === " ") select(wholeRows(anchor.row, active.row, length));
      else if (ctrl && key === "a") select(wholeRows(rowCount - 1, 0, length));
      else if (ctrl && key === "c" && block !== null) asks.onCopy(block, event.shiftKey);
      else if (ctrl && key === "f") asks.onFind();
      else if (ctrl && key === "g") asks.onGoTo();
      else if (key === "Escape" && block !== null) activate(active);
      else return false;
      return true;
    };
    if (length > 0 && act()) event.preventDefault();
  };

  /** A selection that is being drawn, and where the pointer is. */
  const draws = useRef<{ rows: boolean; x: number; y: number; timer: ReturnType<typeof setInterval> } | null>(null);
  const stop = useCallback(() => {
    clearInterval(draws.current?.timer);
    draws.current = null;
  }, []);
  useEffect(() => stop, [stop]);

  const drawOn = useCallback(() => {
    const element = scroller.current;
    const draw = draws.current;
    if (element === null || draw === null) return;
    const box = element.getBoundingClientRect();
    const { selection: now, columns: shown, rowCount: n } = latest.current;
    const limits = { rowCount: n, columnCount: shown.length, rowsAPage: 1 };
    const { first, last } = { first: sight.snapshot().firstSeen, last: sight.snapshot().lastSeen };
    // Beyond an edge a row at a time; the timer goes on.
    const row = Math.max(0, Math.max(first - 1, Math.min(last + 1, sight.rowAt(draw.y - box.top))));
    const column = draw.rows ? now.active.column : sight.columnAt(Math.min(draw.x - box.left, box.width - 1));
    const active = clampCell({ row, column }, limits);
    if (active.row !== now.active.row || active.column !== now.active.column) select({ anchor: now.anchor, active });
  }, [scroller, select, sight]);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0 || isControl(event.target)) return;
    const number = (event.target as Element).closest<HTMLElement>("[data-row-number]")?.dataset.rowNumber;
    const cell = cellFrom(event.target);
    if (number !== undefined) {
      const row = Number(number);
      select(wholeRows(event.shiftKey ? selection.anchor.row : row, row, columns.length));
    } else if (cell !== null) activate(cell, event.shiftKey);
    else return;
    // Text is not marked meanwhile, and the focus goes where the active cell is.
    event.preventDefault();
    const pressed = (event.target as Element).closest<HTMLElement>(`${CELL}[tabindex]`);
    (pressed ?? scroller.current)?.focus({ preventScroll: true });
    if (cell?.row === HEAD_ROW) return;
    stop();
    draws.current = { rows: number !== undefined, x: event.clientX, y: event.clientY, timer: setInterval(drawOn, DRAW_ON_MS) };
    event.currentTarget.setPointerCapture(event.pointerId);
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (draws.current === null) return;
    draws.current.x = event.clientX;
    draws.current.y = event.clientY;
    drawOn();
  };

  /** A control within a head that takes the focus makes the head the active cell. */
  const onFocus = (event: { target: EventTarget | null }) => {
    const cell = cellFrom(event.target);
    const { active } = selection;
    if (cell !== null && (cell.row !== active.row || cell.column !== active.column)) activate(cell);
  };

  return {
    selection,
    activate,
    select,
    holdsFocus,
    handlers: { onKeyDown, onPointerDown, onPointerMove, onPointerUp: stop, onPointerCancel: stop, onFocus },
  };
}
