import { memo, useRef } from "react";
import { classNames } from "@ui/lib/class-names";
import type { PlacedColumn } from "./grid-columns";
import { HEAD_ROW } from "./grid-movement";

interface EdgeProps {
  column: PlacedColumn;
  onResize: (key: string, width: number) => void;
  onReset: (key: string) => void;
}

/** The edge by which a column is made wider; a double press gives it its first width again. */
function Edge({ column, onResize, onReset }: EdgeProps) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  return (
    <span
      aria-hidden
      data-edge={column.key}
      className="group/edge absolute inset-y-0 -right-1 z-10 flex w-2 cursor-col-resize touch-none justify-center"
      onPointerDown={(event) => {
        event.preventDefault();
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, width: column.width };
      }}
      onPointerMove={(event) => {
        if (drag.current !== null) onResize(column.key, drag.current.width + event.clientX - drag.current.x);
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onDoubleClick={() => {
        onReset(column.key);
      }}
    >
      <span className="h-full w-px bg-line group-hover/edge:w-0.5 group-hover/edge:bg-accent" />
    </span>
  );
}

interface HeadCellProps extends EdgeProps {
  isActive: boolean;
}

function HeadCell({ column, isActive, ...edge }: HeadCellProps) {
  return (
    <div
      role="columnheader"
      aria-colindex={column.index + 2}
      aria-sort={column.order ?? "none"}
      tabIndex={isActive ? 0 : undefined}
      data-cell={`${HEAD_ROW}:${column.index}`}
      data-active={isActive ? "" : undefined}
      className="absolute top-0 h-full bg-surface outline-none group-focus-within/grid:data-active:shadow-[inset_0_0_0_2px_var(--accent)]"
      style={{ left: column.start, width: column.width }}
    >
      {column.head}
      <Edge column={column} {...edge} />
    </div>
  );
}

interface GridHeadProps extends Omit<EdgeProps, "column"> {
  frozen: readonly PlacedColumn[];
  scrolled: readonly PlacedColumn[];
  frozenWidth: number;
  numberWidth: number;
  height: number;
  width: number;
  /** The active cell's column; null where it is no head's. */
  active: number | null;
}

function PlainHead({ frozen, scrolled, frozenWidth, numberWidth, height, width, active, ...edge }: GridHeadProps) {
  const cell = (column: PlacedColumn) => (
    <HeadCell key={column.key} column={column} isActive={active === column.index} {...edge} />
  );
  return (
    <div role="rowgroup" className="sticky top-0 z-20 bg-surface" style={{ width, minWidth: "100%" }}>
      <div role="row" aria-rowindex={1} className="relative border-b border-line-strong" style={{ height }}>
        <div
          role="presentation"
          className={classNames("sticky left-0 z-20 h-full bg-surface", frozen.length > 0 && "border-r border-line-strong")}
          style={{ width: frozenWidth }}
        >
          <div
            role="columnheader"
            aria-colindex={1}
            className="flex h-full items-end justify-end px-2 pb-1 text-sm text-faint"
            style={{ width: numberWidth }}
          >
            Row
          </div>
          {frozen.map(cell)}
        </div>
        {scrolled.map(cell)}
      </div>
    </div>
  );
}

export const GridHead = memo(PlainHead);
