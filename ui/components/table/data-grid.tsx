/**
 * A table of any size of which only what is in sight is in the document, rows
 * and columns, to go through by keys. Knows nothing of where rows come from,
 * nor of what its heads hold.
 */
import { useEffect, useId, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode, type Ref } from "react";
import { classNames } from "@ui/lib/class-names";
import { frozenThatFit, placed, type GridColumn } from "./grid-columns";
import { GridHead } from "./grid-head";
import { blockOf, HEAD_ROW, type GridBlock, type GridCell } from "./grid-movement";
import { barsOf, GridRow, type GridCells } from "./grid-row";
import { GridSight, ROW_HEIGHT, widthOf, type GridLayout } from "./grid-sight";
import { useGridSelection, type GridAsks } from "./use-grid-selection";

/** What is in sight, to be fetched: rows from first to last, and places of columns. */
export interface SeenCells {
  first: number;
  last: number;
  places: readonly number[];
}

/** What can be asked of the grid from outside. */
export interface GridHandle {
  /** Makes a cell the active one, in sight; the focus stays where it is. */
  show: (cell: GridCell) => void;
  /** Gives the cells the focus. */
  focus: () => void;
  active: () => GridCell;
  /** The head of a column, where it is in the document. */
  head: (column: number) => Element | null;
}

interface DataGridProps extends GridAsks {
  ref?: Ref<GridHandle>;
  label: string;
  /** In the order in which they stand. */
  columns: readonly GridColumn[];
  /** How many of them stay at the left. */
  nFrozen: number;
  rowCount: number;
  /** Undefined while the row is under way. */
  rowAt: (index: number) => GridCells | undefined;
  onSee: (seen: SeenCells) => void;
  /** Told of each other selection; null where it is one cell or none. */
  onSelect: (block: GridBlock | null) => void;
  onResize: (key: string, width: number) => void;
  onResetWidth: (key: string) => void;
  /** Marked wherever it is found. */
  sought: string | null;
  /** When it becomes another, the first rows are shown. */
  orderKey: string;
  /** What is shown is of before, and the new is under way. */
  isBusy: boolean;
  /** Pixels. */
  height: number;
  headHeight: number;
  /** Stands below the head where there is no row. */
  empty: ReactNode;
  testId?: string;
}

/** Rows are placed from the nearest multiple of so many, so that their styles stay the same while scrolling. */
const ROWS_A_BASE = 1000;

/** Told to those who cannot see the buttons. */
const KEYS =
  "Arrow keys go from cell to cell, with Shift they select. Enter on a head sorts, with Shift by several columns. Alt+Down opens a column's menu, Alt+Left and Alt+Right change its width. Ctrl+C copies, Ctrl+F finds, Ctrl+G goes to a row.";

function numberWidthFor(rowCount: number): number {
  return Math.max(48, String(rowCount).length * 8 + 20);
}

export function DataGrid(props: DataGridProps) {
  const { ref, label, columns, nFrozen, rowCount, rowAt, onSee, onSelect, onResize, onResetWidth, sought, orderKey, isBusy } = props;
  const { height, headHeight, empty, testId } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const keysId = useId();
  const numberWidth = numberWidthFor(rowCount);
  const [viewWidth, setViewWidth] = useState(800);
  /** Counts the times that the focus was asked for. */
  const [nFocused, setFocused] = useState(0);

  const layout = useMemo((): GridLayout & { all: GridLayout["scrolled"] } => {
    const n = frozenThatFit(placed(columns.slice(0, nFrozen), numberWidth), nFrozen, viewWidth);
    const frozen = placed(columns.slice(0, n), numberWidth);
    const frozenWidth = numberWidth + frozen.reduce((sum, column) => sum + column.width, 0);
    const scrolled = placed(columns.slice(n), frozenWidth, n);
    return { rowCount, headHeight, frozen, scrolled, frozenWidth, all: [...frozen, ...scrolled] };
  }, [columns, nFrozen, numberWidth, viewWidth, rowCount, headHeight]);

  const [sightKeeper] = useState(() => new GridSight(layout, { width: 800, height }));
  const sight = useSyncExternalStore(sightKeeper.subscribe, sightKeeper.snapshot);
  useLayoutEffect(() => (scroller.current === null ? undefined : sightKeeper.attach(scroller.current)), [sightKeeper]);
  useLayoutEffect(() => {
    sightKeeper.lay(layout);
  }, [sightKeeper, layout]);
  useLayoutEffect(() => {
    sightKeeper.moveThumb();
  }, [sightKeeper, sight]);
  // How many columns may stay depends on the room, which is known after it was drawn.
  if (viewWidth !== sight.width) setViewWidth(sight.width);

  const { selection, activate, holdsFocus, handlers } = useGridSelection({
    scroller,
    sight: sightKeeper,
    columns: layout.all,
    rowCount,
    asks: props,
  });
  const { active } = selection;

  useEffect(() => {
    sightKeeper.toTop();
  }, [sightKeeper, orderKey]);

  const shownColumns = useMemo(
    () => layout.scrolled.slice(sight.firstColumn, sight.lastColumn + 1),
    [layout, sight.firstColumn, sight.lastColumn],
  );
  const frozenBars = useMemo(() => barsOf(layout.frozen), [layout]);
  const scrolledBars = useMemo(() => barsOf(shownColumns), [shownColumns]);
  useEffect(() => {
    const places = [...layout.frozen, ...shownColumns].map((column) => column.place);
    onSee({ first: sight.firstSeen, last: sight.lastSeen, places });
  }, [layout, shownColumns, sight.firstSeen, sight.lastSeen, onSee]);

  const block = blockOf(selection);
  const [top, bottom] = block?.rows ?? [0, -1];
  const [left, right] = block?.columns ?? [0, -1];
  const isMany = bottom > top || right > left;
  useEffect(() => {
    onSelect(isMany ? { rows: [top, bottom], columns: [left, right] } : null);
  }, [isMany, top, bottom, left, right, onSelect]);

  // The last row may be one of a longer table that is not drawn any more.
  const last = Math.min(sight.last, rowCount - 1);
  const isDrawn =
    (active.row === HEAD_ROW || (active.row >= sight.first && active.row <= last)) &&
    (active.column < layout.frozen.length || shownColumns.some((column) => column.index === active.column));
  const activeKey = `${active.row}:${active.column}`;
  useLayoutEffect(() => {
    if (!holdsFocus()) return;
    const cell = scroller.current?.querySelector<HTMLElement>(`[data-cell="${activeKey}"]`);
    (cell ?? scroller.current)?.focus({ preventScroll: true });
  }, [activeKey, isDrawn, holdsFocus, nFocused]);

  useImperativeHandle(ref, () => ({
    show: activate,
    focus: () => {
      // The active cell may become another at the same time: it takes the focus once it is drawn.
      scroller.current?.focus({ preventScroll: true });
      setFocused((count) => count + 1);
    },
    active: () => active,
    head: (column) => scroller.current?.querySelector(`[data-cell="${HEAD_ROW}:${column}"]`) ?? null,
  }));

  const onScroll = () => {
    sightKeeper.onScroll();
    // The cell that has the focus is about to leave the document: the grid keeps the keys.
    const next = sightKeeper.snapshot();
    const column = active.column - layout.frozen.length;
    const staysAcross = column < 0 || (column >= next.firstColumn && column <= next.lastColumn);
    const staysDown = active.row === HEAD_ROW || (active.row >= next.first && active.row <= next.last);
    if (!(staysAcross && staysDown) && holdsFocus()) scroller.current?.focus({ preventScroll: true });
  };

  const width = widthOf(layout);
  const base = Math.floor(sight.first / ROWS_A_BASE) * ROWS_A_BASE;
  // A row that comes into sight takes the elements of one that has left it, and none is moved
  // in the document, which would cost the focus: elements stand by slot, rows by their style.
  const { first, pool } = sight;
  const rows = Array.from({ length: pool }, (_, slot) => ({ slot, index: first + ((slot - (first % pool) + pool) % pool) }))
    .filter(({ index }) => index <= last);
  return (
    <div className="flex flex-col" style={{ height }}>
      <p id={keysId} className="sr-only">
        {KEYS}
      </p>
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-describedby={keysId}
        aria-rowcount={rowCount + 1}
        aria-colcount={columns.length + 1}
        aria-multiselectable
        aria-busy={isBusy}
        tabIndex={isDrawn ? -1 : 0}
        data-testid={testId}
        className={classNames(
          // Not contained: WebKit then leaves rows unpainted that come into sight while it scrolls.
          "group/grid relative min-h-0 overflow-auto outline-offset-[-2px]",
          // Alone, the head still scrolls sideways.
          rowCount > 0 ? "flex-1" : "shrink-0",
        )}
        onScroll={onScroll}
        {...handlers}
      >
        <GridHead
          frozen={layout.frozen}
          scrolled={shownColumns}
          frozenWidth={layout.frozenWidth}
          numberWidth={numberWidth}
          height={headHeight}
          width={width}
          active={active.row === HEAD_ROW ? active.column : null}
          onResize={onResize}
          onReset={onResetWidth}
        />
        {rowCount === 0 ? null : (
          <div
            role="rowgroup"
            className={classNames("relative", isBusy && "opacity-60 transition-opacity delay-200")}
            style={{ width, minWidth: "100%", height: sight.canvas }}
          >
            <div role="presentation" className="absolute inset-x-0" style={{ top: sight.shift + base * ROW_HEIGHT }}>
              {rows.map(({ slot, index }) => (
                <GridRow
                  key={slot}
                  index={index}
                  cells={rowAt(index)}
                  top={(index - base) * ROW_HEIGHT}
                  frozen={layout.frozen}
                  scrolled={shownColumns}
                  frozenBars={frozenBars}
                  scrolledBars={scrolledBars}
                  frozenWidth={layout.frozenWidth}
                  numberWidth={numberWidth}
                  active={active.row === index ? active.column : null}
                  selectedFrom={isMany && index >= top && index <= bottom ? left : 0}
                  selectedTo={isMany && index >= top && index <= bottom ? right : -1}
                  sought={sought}
                />
              ))}
            </div>
          </div>
        )}
      </div>
      {rowCount === 0 ? <div className="min-h-0 flex-1 overflow-auto">{empty}</div> : null}
    </div>
  );
}
