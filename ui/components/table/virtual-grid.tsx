/**
 * A table of any size of which only what is in sight is in the document, rows
 * and columns. Rows that are not there yet are drawn as bars. Knows nothing of
 * where rows come from.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type ReactNode } from "react";
import { classNames } from "@ui/lib/class-names";

export interface GridColumn {
  key: string;
  header: ReactNode;
  /** Pixels. */
  width: number;
  align: "left" | "right";
}

interface VirtualGridProps {
  label: string;
  columns: readonly GridColumn[];
  rowCount: number;
  /** Cells of a row, null where a value is missing; undefined while the row is under way. */
  rowAt: (index: number) => readonly (string | null)[] | undefined;
  /** Told which rows are in sight, first and last, whenever that changes. */
  onRange: (first: number, last: number) => void;
  /** Pixels. */
  height: number;
  headerHeight?: number;
}

const ROW_HEIGHT = 28;
const NUMBER_WIDTH = 60;

export function VirtualGrid(props: VirtualGridProps) {
  const { label, columns, rowCount, rowAt, onRange, height, headerHeight = ROW_HEIGHT } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: headerHeight,
    initialRect: { width: 800, height },
  });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => columns[index]?.width ?? 0,
    overscan: 3,
    paddingStart: NUMBER_WIDTH,
    initialRect: { width: 800, height },
  });

  // Widths are remembered by index; another table has others.
  useEffect(() => {
    across.measure();
  }, [across, columns]);

  const shownRows = rows.getVirtualItems();
  const shownColumns = across.getVirtualItems();
  const first = shownRows[0]?.index ?? 0;
  const last = shownRows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rowCount > 0) onRange(first, last);
  }, [first, last, rowCount, onRange]);

  const width = across.getTotalSize();
  return (
    <div
      ref={scroller}
      role="table"
      aria-label={label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length + 1}
      tabIndex={0}
      className="relative overflow-auto outline-offset-[-2px]"
      style={{ height, contain: "strict" }}
    >
      <div role="rowgroup" className="sticky top-0 z-10 bg-surface" style={{ width, minWidth: "100%" }}>
        <div role="row" aria-rowindex={1} className="relative border-b border-line-strong" style={{ height: headerHeight }}>
          <div
            role="columnheader"
            aria-colindex={1}
            className="sticky left-0 z-10 flex h-full items-end bg-surface px-2 pb-1 text-sm text-faint"
            style={{ width: NUMBER_WIDTH }}
          >
            <span className="ml-auto">Row</span>
          </div>
          {shownColumns.map((item) => {
            const column = columns[item.index];
            return column === undefined ? null : (
              <div
                key={column.key}
                role="columnheader"
                aria-colindex={item.index + 2}
                className={classNames("absolute top-0 h-full px-2", column.align === "right" && "text-right")}
                style={{ left: item.start, width: item.size }}
              >
                {column.header}
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" className="relative" style={{ width, minWidth: "100%", height: rows.getTotalSize() }}>
        {shownRows.map((item) => {
          const cells = rowAt(item.index);
          return (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-busy={cells === undefined}
              className="absolute left-0 w-full border-b border-line hover:bg-sunken"
              style={{ top: item.start - headerHeight, height: ROW_HEIGHT }}
            >
              <div
                role="rowheader"
                aria-colindex={1}
                className="figures sticky left-0 z-10 flex h-full items-center justify-end bg-surface px-2 text-sm text-faint"
                style={{ width: NUMBER_WIDTH }}
              >
                {item.index + 1}
              </div>
              {shownColumns.map((place) => {
                const column = columns[place.index];
                if (column === undefined) return null;
                const value = cells?.[place.index];
                return (
                  <div
                    key={column.key}
                    role="cell"
                    aria-colindex={place.index + 2}
                    className={classNames(
                      "absolute top-0 flex h-full items-center px-2",
                      column.align === "right" && "figures justify-end",
                    )}
                    style={{ left: place.start, width: place.size }}
                  >
                    {cells === undefined ? (
                      <span aria-hidden className="animate-appear h-2 w-2/3 rounded-sm bg-sunken" />
                    ) : value === null || value === undefined ? (
                      <span className="text-faint" aria-label="missing">
                        –
                      </span>
                    ) : (
                      <span className="truncate" title={value.length > 12 ? value : undefined}>
                        {value}
                      </span>
                    )}
                  </div>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}
