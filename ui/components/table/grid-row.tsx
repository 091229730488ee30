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

/** Wider than nearly all letters are, and the room on both sides of a text. */
const LETTER_WIDTH = 9;
const PADDING = 16;

/** Whether a text may need more room than its column has. */
function mayOverflow(text: string, width: number): boolean {
  return text.length * LETTER_WIDTH + PADDING > width || /[^\x20-\x7e]/.test(text);
}

interface CellProps {
  column: PlacedColumn;
  row: number;
  value: string | null | undefined;
  isActive: boolean;
  isSelected: boolean;
  sought: string | null;
}

function Cell({ column, row, value, isActive, isSelected, sought }: CellProps) {
  const isLong = typeof value === "string" && mayOverflow(value, column.width);
  return (
    <div
      role="gridcell"
      aria-colindex={column.index + 2}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : undefined}
      data-cell={`${row}:${column.index}`}
      data-active={isActive ? "" : undefined}
      title={isLong ? value : undefined}
      className={classNames(
        "h-full shrink-0 px-2 leading-[27px] whitespace-nowrap outline-none select-none",
        // What is clipped or placed by itself is a layer of its own to the browser, which costs; few cells need to.
        isLong && "truncate",
        "data-active:shadow-[inset_0_0_0_1px_var(--line-strong)] group-focus-within/grid:data-active:shadow-[inset_0_0_0_2px_var(--accent)]",
        column.align === "right" && "figures text-right",
        isSelected && "bg-accent-wash",
      )}
      style={{ width: column.width }}
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

/** Bars in place of cells that are under way, drawn as one picture: a thumb that flies passes hundreds of them a frame. */
export function barsOf(columns: readonly PlacedColumn[]): string {
  const from = columns[0]?.start ?? 0;
  return columns
    .map(({ start, width, align }) => {
      const room = width - PADDING;
      const left = start - from + PADDING / 2 + (align === "right" ? room / 3 : 0);
      return `linear-gradient(var(--sunken), var(--sunken)) ${left}px 50% / ${(room * 2) / 3}px 8px no-repeat`;
    })
    .join(", ");
}

interface GridRowProps {
  index: number;
  /** Undefined while the row is under way. */
  cells: GridCells | undefined;
  top: number;
  frozen: readonly PlacedColumn[];
  scrolled: readonly PlacedColumn[];
  /** What stands in place of their cells while these are under way. */
  frozenBars: string;
  scrolledBars: string;
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

function Bars({ bars }: { bars: string }) {
  return <div role="presentation" className="animate-appear h-full flex-1" style={{ background: bars }} />;
}

function PlainRow(props: GridRowProps) {
  const { index, cells, top, frozen, scrolled, frozenWidth, numberWidth, active, selectedFrom, selectedTo, sought } = props;
  const { frozenBars, scrolledBars } = props;
  // The active cell is there whether it is known what is in it or not, and a selection is seen.
  const isPlaceholder = cells === undefined && active === null && selectedTo < selectedFrom;
  const cell = (column: PlacedColumn) => (
    <Cell
      key={column.key}
      column={column}
      row={index}
      value={cells?.cell(column.place)}
      isActive={active === column.index}
      isSelected={column.index >= selectedFrom && column.index <= selectedTo}
      sought={sought}
    />
  );
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-busy={cells === undefined}
      className="absolute left-0 flex w-full border-b border-line bg-surface hover:bg-sunken"
      style={{ top, height: ROW_HEIGHT }}
    >
      <div
        role="presentation"
        className={classNames("sticky left-0 z-10 flex h-full shrink-0 bg-inherit", frozen.length > 0 && "border-r border-line-strong")}
        style={{ width: frozenWidth }}
      >
        <div
          role="rowheader"
          aria-colindex={1}
          data-row-number={index}
          className="figures h-full shrink-0 px-2 text-right text-sm leading-[27px] text-faint select-none"
          style={{ width: numberWidth }}
        >
          {cells?.number}
        </div>
        {isPlaceholder ? <Bars bars={frozenBars} /> : frozen.map(cell)}
      </div>
      {/* In place of the columns left of those in sight. */}
      <div role="presentation" className="shrink-0" style={{ width: (scrolled[0]?.start ?? frozenWidth) - frozenWidth }} />
      {isPlaceholder ? <Bars bars={scrolledBars} /> : scrolled.map(cell)}
    </div>
  );
}

// While scrolling, most rows are those of the frame before.
export const GridRow = memo(PlainRow);
