/**
 * A table of any number of rows to sort, pick from and open, by mouse and by
 * keys; only rows in sight are in the document. A few rows can be pinned on
 * top. Knows nothing of where rows come from.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
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
  /** Pixels. */
  height: number;
  testId?: string;
}

const ROW_HEIGHT = 28;
const TICK_WIDTH = 32;

interface RowProps<Row> {
  id: string;
  grid: SelectGridProps<Row>;
  row: Row | undefined;
  ariaIndex: number;
  isActive: boolean;
  isPinned: boolean;
  template: string;
  top?: number;
  onActivate: () => void;
  onPress: (row: Row, isShift: boolean) => void;
}

function GridRow<Row>({ id, grid, row, ariaIndex, isActive, isPinned, template, top, onActivate, onPress }: RowProps<Row>) {
  const isSelected = row !== undefined && grid.isSelected(row);
  const isHighlighted = row !== undefined && grid.isHighlighted(row);
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={ariaIndex}
      aria-selected={isSelected}
      aria-busy={row === undefined}
      data-highlighted={isHighlighted || undefined}
      className={classNames(
        "grid w-full border-b border-line hover:bg-sunken",
        isPinned ? "relative" : "absolute left-0",
        isSelected ? "bg-accent-wash" : isHighlighted ? "bg-sunken font-medium" : "bg-surface",
        // Above the cells that stick to the left, which would cover an outline.
        isActive && "group-focus/grid:after:pointer-events-none group-focus/grid:after:absolute group-focus/grid:after:inset-0 group-focus/grid:after:z-20 group-focus/grid:after:border-2 group-focus/grid:after:border-accent",
      )}
      style={{ top, height: ROW_HEIGHT, gridTemplateColumns: template }}
      onClick={onActivate}
      onDoubleClick={() => {
        if (row !== undefined) grid.onOpen(row);
      }}
    >
      <div role="gridcell" aria-colindex={1} className="sticky left-0 z-10 flex items-center justify-center bg-inherit">
        {row === undefined ? null : (
          <input
            type="checkbox"
            tabIndex={-1}
            checked={isSelected}
            aria-label={`Select ${grid.nameOf(row)}`}
            className="size-3.5 accent-accent"
            onChange={() => undefined}
            // The grid keeps the focus, so that keys go on from here.
            onMouseDown={(event) => {
              event.preventDefault();
              event.currentTarget.closest<HTMLElement>("[role=grid]")?.focus({ preventScroll: true });
            }}
            onClick={(event) => {
              event.stopPropagation();
              onPress(row, event.shiftKey);
            }}
          />
        )}
      </div>
      {grid.columns.map((column, index) => (
        <div
          key={column.key}
          role={index === 0 ? "rowheader" : "gridcell"}
          aria-colindex={index + 2}
          className={classNames(
            "flex min-w-0 items-center px-2 whitespace-nowrap",
            column.align === "right" && "figures justify-end",
            index === 0 && "sticky left-8 z-10 bg-inherit",
          )}
        >
          {row === undefined ? (
            <span aria-hidden className="animate-appear h-2 w-2/3 rounded-sm bg-sunken" />
          ) : (
            <span className="truncate">{column.cell(row)}</span>
          )}
        </div>
      ))}
    </div>
  );
}

export function SelectGrid<Row>(props: SelectGridProps<Row>) {
  const { label, columns, rowCount, rowAt, pinned, isSelected, onSelect, onSelectRange, onOpen, onRange, height, testId } =
    props;
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
    overscan: 12,
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

  const pressed = (index: number) => (row: Row, isShift: boolean) => {
    if (isShift && index >= 0) onSelectRange(Math.min(anchor.current, index), Math.max(anchor.current, index));
    else onSelect(row, !isSelected(row));
    if (index >= 0 && !isShift) anchor.current = index;
    setActive(index);
  };

  const template = `${TICK_WIDTH}px ${columns.map(({ width }) => `minmax(${width}px, ${width}fr)`).join(" ")}`;
  const width = TICK_WIDTH + columns.reduce((sum, column) => sum + column.width, 0);
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
      style={{ height: Math.min(height, above + rowCount * ROW_HEIGHT + 16), contain: "strict" }}
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
          <GridRow
            key={props.nameOf(row)}
            id={rowId(index - pinned.length)}
            grid={props}
            row={row}
            ariaIndex={index + 2}
            isActive={active === index - pinned.length}
            isPinned
            template={template}
            onActivate={() => {
              setActive(index - pinned.length);
            }}
            onPress={pressed(index - pinned.length)}
          />
        ))}
        {pinned.length > 0 ? <div aria-hidden className="h-px bg-line-strong" /> : null}
      </div>
      <div role="rowgroup" className="relative" style={{ minWidth: width, height: rows.getTotalSize() }}>
        {shown.map((item) => (
          <GridRow
            key={item.key}
            id={rowId(item.index)}
            grid={props}
            row={rowAt(item.index)}
            ariaIndex={item.index + pinned.length + 2}
            isActive={active === item.index}
            isPinned={false}
            template={template}
            top={item.start - above}
            onActivate={() => {
              anchor.current = item.index;
              setActive(item.index);
            }}
            onPress={pressed(item.index)}
          />
        ))}
      </div>
    </div>
  );
}
