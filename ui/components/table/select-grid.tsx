/**
 * A table of any number of rows to sort, pick from and open, by mouse and by
 * keys; only rows in sight are in the document. A few rows can be pinned on
 * top. Knows nothing of where rows come from.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { classNames } from "@ui/lib/class-names";
import { SortHead, type HeadSort } from "./sort-head";

export interface SelectColumn<Row> {
  key: string;
  header: string;
  /** Pixels, at least. */
  width: number;
  align: "left" | "right";
  cell: (row: Row) => ReactNode;
  sort: HeadSort;
}

interface SelectGridProps<Row> {
  label: string;
  /** The first names its row and stays in sight. */
  columns: readonly SelectColumn<Row>[];
  rowCount: number;
  /** Undefined while the row is under way. */
  rowAt: (index: number) => Row | undefined;
  /** How a row is called: "trial 12 on PyTorch". */
  nameOf: (row: Row) => string;
  /** Stay on top, whatever the order. */
  pinned: readonly Row[];
  isSelected: (row: Row) => boolean;
  isHighlighted: (row: Row) => boolean;
  onSelect: (row: Row, on: boolean) => void;
  /** All rows from one index to another, both included. */
  onSelectRange: (from: number, to: number) => void;
  onOpen: (row: Row) => void;
  /** Told which rows are in sight, first and last, whenever that changes. */
  onRange: (first: number, last: number) => void;
  /** Says which rows these are and in which order; with another one, the first row comes into sight. */
  orderKey: string;
  /** Pixels. */
  height: number;
  testId?: string;
}

const ROW_HEIGHT = 28;
const TICK_WIDTH = 32;
/** Bars in place of cells that are under way. */
const BARS = "repeating-linear-gradient(90deg, transparent 0 8px, var(--sunken) 8px 64px, transparent 64px 96px) 0 50% / 100% 8px no-repeat";

interface RowProps<Row> {
  id: string;
  /** Undefined while the row is under way. */
  row: Row | undefined;
  /** Below 0 for rows that are pinned. */
  index: number;
  ariaIndex: number;
  columns: readonly SelectColumn<Row>[];
  template: string;
  nameOf: (row: Row) => string;
  isActive: boolean;
  isSelected: boolean;
  isHighlighted: boolean;
  /** Pixels; absent for rows that are pinned. */
  top?: number;
  onActivate: (index: number) => void;
  onPress: (index: number, row: Row, isShift: boolean) => void;
  onOpen: (row: Row) => void;
}

function PlainRow<Row>(props: RowProps<Row>) {
  const { id, row, index, ariaIndex, columns, template, nameOf, isActive, isSelected, isHighlighted, top } = props;
  const { onActivate, onPress, onOpen } = props;
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={ariaIndex}
      aria-selected={isSelected}
      aria-busy={row === undefined}
      className={classNames(
        "grid w-full border-b border-line hover:bg-sunken",
        top === undefined ? "relative" : "absolute left-0",
        isSelected ? "bg-accent-wash" : isHighlighted ? "bg-sunken font-medium" : "bg-surface",
        // Above the cells that stick to the left, which would cover an outline.
        isActive && "group-focus/grid:after:pointer-events-none group-focus/grid:after:absolute group-focus/grid:after:inset-0 group-focus/grid:after:z-20 group-focus/grid:after:border-2 group-focus/grid:after:border-accent",
      )}
      style={{ top, height: ROW_HEIGHT, gridTemplateColumns: template }}
      onClick={() => {
        onActivate(index);
      }}
      onDoubleClick={() => {
        if (row !== undefined) onOpen(row);
      }}
    >
      <div role="gridcell" aria-colindex={1} className="sticky left-0 z-10 flex items-center justify-center bg-inherit">
        {row === undefined ? null : (
          <input
            type="checkbox"
            tabIndex={-1}
            checked={isSelected}
            aria-label={`Select ${nameOf(row)}`}
            className="size-3.5 accent-accent"
            onChange={() => undefined}
            // The grid keeps the focus, so that keys go on from here.
            onMouseDown={(event) => {
              event.preventDefault();
              event.currentTarget.closest<HTMLElement>("[role=grid]")?.focus({ preventScroll: true });
            }}
            onClick={(event) => {
              event.stopPropagation();
              onPress(index, row, event.shiftKey);
            }}
          />
        )}
      </div>
      {row === undefined ? (
        // One picture for all cells: a thumb that flies passes hundreds of rows a second.
        <div
          role="gridcell"
          aria-colindex={2}
          aria-colspan={columns.length}
          className="animate-appear"
          style={{ gridColumn: "2 / -1", background: BARS }}
        />
      ) : (
        columns.map((column, place) => (
          <div
            key={column.key}
            role={place === 0 ? "rowheader" : "gridcell"}
            aria-colindex={place + 2}
            className={classNames(
              "flex min-w-0 items-center px-2 whitespace-nowrap",
              column.align === "right" && "figures justify-end",
              place === 0 && "sticky left-8 z-10 bg-inherit",
            )}
          >
            <span className="truncate">{column.cell(row)}</span>
          </div>
        ))
      )}
    </div>
  );
}

// While scrolling, most rows are those of the frame before.
const GridRow = memo(PlainRow) as typeof PlainRow;

export function SelectGrid<Row>(props: SelectGridProps<Row>) {
  const { label, columns, rowCount, rowAt, nameOf, pinned, isSelected, isHighlighted, onSelect, onSelectRange, onOpen, onRange } = props;
  const { orderKey, height, testId } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  /** Index of the row that keys act on; pinned rows come before 0. */
  const [active, setActive] = useState<number | null>(null);
  /** Where a range begins. */
  const anchor = useRef(0);
  const above = ROW_HEIGHT * (1 + pinned.length);
  const rows = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    scrollMargin: above,
    // What is scrolled to stays clear of the rows that stick to the top.
    scrollPaddingStart: above,
    initialRect: { width: 800, height },
  });
  const shown = rows.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    onRange(first, last);
  }, [first, last, rowCount, onRange]);

  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [orderKey]);

  // Rows are drawn anew only where something of theirs changed, so what they call stays the same.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const open = useCallback((row: Row) => {
    latest.current.onOpen(row);
  }, []);
  const activate = useCallback((index: number) => {
    if (index >= 0) anchor.current = index;
    setActive(index);
  }, []);
  const press = useCallback((index: number, row: Row, isShift: boolean) => {
    const { isSelected: isOn, onSelect: select, onSelectRange: selectRange } = latest.current;
    if (isShift && index >= 0) {
      selectRange(Math.min(anchor.current, index), Math.max(anchor.current, index));
    } else {
      select(row, !isOn(row));
      if (index >= 0) anchor.current = index;
    }
    setActive(index);
  }, []);

  const at = (index: number): Row | undefined => (index < 0 ? pinned[pinned.length + index] : rowAt(index));
  const rowId = (index: number) => `${id}-${index < 0 ? `pinned${-index}` : index}`;
  const perPage = Math.max(1, Math.floor((height - above) / ROW_HEIGHT) - 1);
  const least = -pinned.length;

  const goTo = (index: number, extends_: boolean) => {
    const next = Math.min(rowCount - 1, Math.max(least, index));
    if (next >= 0) rows.scrollToIndex(next, { align: "auto" });
    if (extends_ && next >= 0) onSelectRange(Math.min(anchor.current, next), Math.max(anchor.current, next));
    else anchor.current = Math.max(0, next);
    setActive(next);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // Keys pressed on a head's button are the button's.
    if (event.target !== event.currentTarget) return;
    const from = active ?? least - 1;
    const moves: Record<string, number> = {
      ArrowDown: from + 1,
      ArrowUp: active === null ? least : from - 1,
      PageDown: from + perPage,
      PageUp: from - perPage,
      Home: least,
      End: rowCount - 1,
    };
    const next = moves[event.key];
    const row = active === null ? undefined : at(active);
    if (next !== undefined) goTo(next, event.shiftKey);
    else if (event.key === " " && row !== undefined) onSelect(row, !isSelected(row));
    else if (event.key === "Enter" && row !== undefined) onOpen(row);
    else return;
    event.preventDefault();
  };

  const template = `${TICK_WIDTH}px ${columns.map(({ width }) => `minmax(${width}px, ${width}fr)`).join(" ")}`;
  const width = TICK_WIDTH + columns.reduce((sum, column) => sum + column.width, 0);
  const rowProps = (row: Row | undefined, index: number) => ({
    id: rowId(index),
    row,
    index,
    columns,
    template,
    nameOf,
    isActive: active === index,
    isSelected: row !== undefined && isSelected(row),
    isHighlighted: row !== undefined && isHighlighted(row),
    onActivate: activate,
    onPress: press,
    onOpen: open,
  });
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rowCount + pinned.length + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable
      aria-activedescendant={active === null || at(active) === undefined ? undefined : rowId(active)}
      tabIndex={0}
      data-testid={testId}
      className="group/grid relative overflow-auto outline-offset-[-2px]"
      style={{ height: Math.min(height, above + rowCount * ROW_HEIGHT + 16) }}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="sticky top-0 z-20 bg-surface" style={{ minWidth: width }}>
        <div
          role="row"
          aria-rowindex={1}
          className="grid w-full border-b border-line-strong bg-surface"
          style={{ height: ROW_HEIGHT, gridTemplateColumns: template }}
        >
          <div role="columnheader" aria-colindex={1} className="sticky left-0 z-10 bg-inherit">
            <span className="sr-only">Selected</span>
          </div>
          {columns.map((column, index) => (
            <SortHead
              key={column.key}
              header={column.header}
              sort={column.sort}
              align={column.align}
              colIndex={index + 2}
              isSticky={index === 0}
            />
          ))}
        </div>
        {pinned.map((row, index) => (
          <GridRow key={nameOf(row)} {...rowProps(row, index - pinned.length)} ariaIndex={index + 2} />
        ))}
        {pinned.length > 0 ? <div aria-hidden className="h-px bg-line-strong" /> : null}
      </div>
      <div role="rowgroup" className="relative" style={{ minWidth: width, height: rows.getTotalSize() }}>
        {shown.map((item) => (
          <GridRow
            key={item.key}
            {...rowProps(rowAt(item.index), item.index)}
            ariaIndex={item.index + pinned.length + 2}
            top={item.start - above}
          />
        ))}
      </div>
    </div>
  );
}
