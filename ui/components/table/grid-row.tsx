import { memo } from "react";
import { classNames } from "@ui/lib/class-names";
import type { PlacedColumn } from "./grid-columns";
import { ROW_HEIGHT } from "./grid-sight";
import { MarkedText } from "./marked-text";

/** A row's cells; another object when any of them is another. */
export interface GridCells {
  /** What the row is called, from 1. */
  number: number;
  /** By the column's place: null where a value is missing, undefined while it is under way. */
  cell: (place: number) => string | null | undefined;
}

/** From here on a text may not fit, and is shown in full under the pointer. */
const LONG = 12;

interface CellProps {
  column: PlacedColumn;
  row: number;
  left: number;
  value: string | null | undefined;
  isActive: boolean;
  isSelected: boolean;
  isFrozen: boolean;
  sought: string | null;
}

function Cell({ column, row, left, value, isActive, isSelected, isFrozen, sought }: CellProps) {
  return (
    <div
      role="gridcell"
      aria-colindex={column.index + 2}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : undefined}
      data-cell={`${row}:${column.index}`}
      data-active={isActive ? "" : undefined}
      title={typeof value === "string" && value.length > LONG ? value : undefined}
      className={classNames(
        // Of known size and with nothing that reaches out, so that a row of them is laid out fast.
        "absolute top-0 h-full truncate px-2 leading-[27px] outline-none select-none [contain:strict]",
        "data-active:shadow-[inset_0_0_0_1px_var(--line-strong)] group-focus-within/grid:data-active:shadow-[inset_0_0_0_2px_var(--accent)]",
        column.align === "right" && "figures text-right",
        isSelected ? "bg-accent-wash" : isFrozen && "bg-inherit",
      )}
      style={{ left, width: column.width }}
    >
      {value === undefined ? (
        <span aria-hidden className="animate-appear inline-block h-2 w-2/3 rounded-sm bg-sunken" />
      ) : value === null ? (
        <span className="text-faint" aria-label="missing" role="img">
          –
        </span>
      ) : (
        <MarkedText text={value} sought={sought} />
      )}
    </div>
  );
}

interface GridRowProps {
  index: number;
  /** Undefined while the row is under way. */
  cells: GridCells | undefined;
  top: number;
  frozen: readonly PlacedColumn[];
  scrolled: readonly PlacedColumn[];
  frozenWidth: number;
  numberWidth: number;
  /** The active cell's column; null where it is in another row. */
  active: number | null;
  /** Selected columns, first and last; of none, the last is before the first. */
  selectedFrom: number;
  selectedTo: number;
  /** Marked wherever it is found. */
  sought: string | null;
}

function PlainRow(props: GridRowProps) {
  const { index, cells, top, frozen, scrolled, frozenWidth, numberWidth, active, selectedFrom, selectedTo, sought } = props;
  const cell = (column: PlacedColumn, isFrozen: boolean) => (
    <Cell
      key={column.key}
      column={column}
      row={index}
      left={column.start}
      value={cells?.cell(column.place)}
      isActive={active === column.index}
      isSelected={column.index >= selectedFrom && column.index <= selectedTo}
      isFrozen={isFrozen}
      sought={sought}
    />
  );
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-busy={cells === undefined}
      className="absolute left-0 w-full border-b border-line bg-surface hover:bg-sunken"
      style={{ top, height: ROW_HEIGHT }}
    >
      <div
        role="presentation"
        className={classNames("sticky left-0 z-10 h-full bg-inherit", frozen.length > 0 && "border-r border-line-strong")}
        style={{ width: frozenWidth }}
      >
        <div
          role="rowheader"
          aria-colindex={1}
          data-row-number={index}
          className="figures flex h-full items-center justify-end px-2 text-sm text-faint select-none"
          style={{ width: numberWidth }}
        >
          {cells?.number}
        </div>
        {frozen.map((column) => cell(column, true))}
      </div>
      {scrolled.map((column) => cell(column, false))}
    </div>
  );
}

// While scrolling, most rows are those of the frame before.
export const GridRow = memo(PlainRow);
