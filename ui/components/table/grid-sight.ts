/**
 * What of a large table is in sight, while its element is scrolled. Knows the
 * document's element but nothing of React, which is told of each change. Rows
 * are as high as each other, so that ten million of them need no list of
 * places, as the virtualiser of the smaller tables would keep.
 */
import { columnsBetween, endOf, type PlacedColumn } from "./grid-columns";
import { furthestRows, placeAfter, placeFor, scaleFor, scrollFor, type ScrollPlace, type ScrollScale } from "./scroll-scale";

export const ROW_HEIGHT = 28;
/** Rows that are drawn beyond those in sight, and how many are drawn anew at a time. */
const BEYOND = 6;
const AT_A_TIME = 4;
/** After so long without a step, a thumb that has drifted is put where it belongs. */
const REST_MS = 200;

export interface GridLayout {
  rowCount: number;
  headHeight: number;
  /** Those that stay at the left. */
  frozen: readonly PlacedColumn[];
  /** Those that are scrolled. */
  scrolled: readonly PlacedColumn[];
  /** Of what stays at the left, pixels. */
  frozenWidth: number;
}

export interface Sight {
  /** Rows to draw; of none, the last is before the first. */
  first: number;
  last: number;
  /** Of these, the ones a person sees. */
  firstSeen: number;
  lastSeen: number;
  /** At least as many as are ever drawn at this height. */
  pool: number;
  /** What a row's place in the table and its place on the canvas are apart, pixels. */
  shift: number;
  /** Of the canvas, pixels. */
  canvas: number;
  /** Columns to draw, among those that are scrolled. */
  firstColumn: number;
  lastColumn: number;
  /** Of the element, pixels. */
  width: number;
}

function same(a: Sight, b: Sight): boolean {
  return (Object.keys(a) as (keyof Sight)[]).every((key) => a[key] === b[key]);
}

export class GridSight {
  private element: HTMLElement | null = null;
  private layout: GridLayout;
  private scale: ScrollScale;
  private place: ScrollPlace = { scroll: 0, rows: 0 };
  /** The element is to be scrolled to the place, once the rows are drawn there. */
  private isThumbDue = false;
  private sight: Sight;
  private rest: ReturnType<typeof setTimeout> | undefined;
  /** Of an element that is not laid out yet. */
  private readonly usual: { width: number; height: number };
  private readonly watchers = new Set<() => void>();

  constructor(layout: GridLayout, usual: { width: number; height: number }) {
    this.layout = layout;
    this.usual = usual;
    this.scale = scaleFor(layout.rowCount * ROW_HEIGHT, this.viewHeight());
    this.sight = this.look();
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => {
      this.watchers.delete(watcher);
    };
  };

  readonly snapshot = (): Sight => this.sight;

  /** Follows an element's size until it is let go. */
  attach(element: HTMLElement): () => void {
    this.element = element;
    const observer = new ResizeObserver(() => {
      this.measure();
    });
    observer.observe(element);
    this.measure();
    return () => {
      observer.disconnect();
      clearTimeout(this.rest);
      this.element = null;
    };
  }

  /** Other rows or columns; what was in sight stays there as far as it can. */
  lay(layout: GridLayout): void {
    this.layout = layout;
    this.measure();
  }

  readonly onScroll = (): void => {
    if (this.element === null) return;
    const before = this.place;
    this.place = placeAfter(this.scale, before, this.element.scrollTop);
    this.isThumbDue = this.place.scroll !== this.element.scrollTop;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.settle();
    }, REST_MS);
    this.tell();
  };

  /**
   * To be called once what is told has been drawn, the canvas' length with it:
   * a canvas that is still short cannot be scrolled so far.
   */
  readonly moveThumb = (): void => {
    if (!this.isThumbDue || this.element === null) return;
    this.isThumbDue = false;
    this.element.scrollTop = this.place.scroll;
    const scroll = this.element.scrollTop;
    // Browsers round it, and the event that follows must not look like a step.
    this.place = { scroll, rows: this.scale.canvas === this.scale.content ? scroll : this.place.rows };
    this.tell();
  };

  /** Rows that fit in sight, whole ones. */
  rowsInSight(): number {
    return Math.max(1, Math.floor(this.viewHeight() / ROW_HEIGHT));
  }

  /** Scrolls as little as it takes to see a row, or to the middle where it was far away. */
  showRow(row: number): void {
    const view = this.viewHeight();
    const top = row * ROW_HEIGHT;
    const bottom = top + ROW_HEIGHT;
    const { rows } = this.place;
    if (top >= rows && bottom <= rows + view) return;
    const isFar = bottom < rows - view || top > rows + 2 * view;
    const wanted = isFar ? top - (view - ROW_HEIGHT) / 2 : top < rows ? top : bottom - view;
    this.moveTo(Math.max(0, Math.min(furthestRows(this.scale), wanted)));
  }

  /** Scrolls so that a column is seen beside those that stay. */
  showColumn(column: PlacedColumn): void {
    const { element } = this;
    if (element === null || !this.layout.scrolled.includes(column)) return;
    const left = element.scrollLeft + this.layout.frozenWidth;
    const right = element.scrollLeft + this.width();
    const end = column.start + column.width;
    if (column.start < left) element.scrollLeft = column.start - this.layout.frozenWidth;
    else if (end > right) element.scrollLeft = Math.min(column.start - this.layout.frozenWidth, end - this.width());
    this.tell();
  }

  toTop(): void {
    this.moveTo(0);
  }

  /** The row at so many pixels below the element's upper edge; above and below the rows, numbers go on. */
  rowAt(y: number): number {
    return Math.floor((this.place.rows + y - this.layout.headHeight) / ROW_HEIGHT);
  }

  /** The column (among all shown) at so many pixels from the element's left edge, or the nearest. */
  columnAt(x: number): number {
    const { frozen, scrolled, frozenWidth } = this.layout;
    const isOverFrozen = x < frozenWidth;
    const at = isOverFrozen ? x : x + (this.element?.scrollLeft ?? 0);
    const among = isOverFrozen && frozen.length > 0 ? frozen : scrolled;
    const found = among.find((column) => at < column.start + column.width) ?? among.at(-1);
    return found?.index ?? 0;
  }

  private viewHeight(): number {
    const height = this.element?.clientHeight ?? 0;
    return Math.max(0, (height === 0 ? this.usual.height : height) - this.layout.headHeight);
  }

  private width(): number {
    const width = this.element?.clientWidth ?? 0;
    return width === 0 ? this.usual.width : width;
  }

  private measure(): void {
    const scale = scaleFor(this.layout.rowCount * ROW_HEIGHT, this.viewHeight());
    const isOther = scale.canvas !== this.scale.canvas || scale.content !== this.scale.content;
    this.scale = scale;
    if (isOther || this.place.rows > furthestRows(scale)) this.place = placeFor(scale, this.place.rows);
    this.isThumbDue ||= isOther;
    this.tell();
  }

  private moveTo(rows: number): void {
    this.place = placeFor(this.scale, Math.round(rows));
    this.isThumbDue = true;
    this.tell();
  }

  /** A thumb that has drifted from where the rows are is put there; no row moves. */
  private settle(): void {
    if (scrollFor(this.scale, this.place.rows) === this.place.scroll) return;
    this.place = placeFor(this.scale, this.place.rows);
    this.isThumbDue = true;
    this.tell();
  }

  private look(): Sight {
    const { rowCount, scrolled, frozenWidth } = this.layout;
    const view = this.viewHeight();
    const { rows, scroll } = this.place;
    const firstSeen = Math.max(0, Math.floor(rows / ROW_HEIGHT));
    const lastSeen = Math.min(rowCount - 1, Math.ceil((rows + view) / ROW_HEIGHT) - 1);
    const left = this.element?.scrollLeft ?? 0;
    const [firstColumn, lastColumn] = columnsBetween(scrolled, left + frozenWidth, left + this.width());
    return {
      first: Math.max(0, Math.floor((firstSeen - BEYOND) / AT_A_TIME) * AT_A_TIME),
      last: Math.min(rowCount - 1, Math.ceil((lastSeen + BEYOND) / AT_A_TIME) * AT_A_TIME),
      firstSeen,
      lastSeen,
      pool: Math.ceil(view / ROW_HEIGHT) + 2 * (BEYOND + AT_A_TIME) + 1,
      shift: scroll - rows,
      canvas: this.scale.canvas,
      firstColumn,
      lastColumn,
      width: this.width(),
    };
  }

  private tell(): void {
    const next = this.look();
    if (same(next, this.sight)) {
      // Nothing is to be drawn first.
      this.moveThumb();
      return;
    }
    this.sight = next;
    for (const watcher of this.watchers) watcher();
  }
}

/** Of all columns together, pixels. */
export function widthOf({ frozen, scrolled, frozenWidth }: GridLayout): number {
  return Math.max(endOf(scrolled, frozenWidth), endOf(frozen, 0));
}
