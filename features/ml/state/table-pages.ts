/**
 * Pieces of a table (some rows, some columns), fetched as they come into sight
 * and kept while they are near. While another query is under way, what is there
 * stays in sight. Knows nothing of React.
 */
import type { AppError, PageCells, TableQuery, TableView } from "../types";
import { isPlain } from "./table-query";

export const ROWS_A_PIECE = 200;
export const COLUMNS_A_PIECE = 64;
const PIECES_KEPT = 80;
/** Questions under way at once: more would only queue up behind what is not looked at any more. */
const MOST_ASKED = 3;
/** Rows beyond those in sight that are fetched too, since scrolling goes on. */
const NEAR = 60;
/** A thumb that flies rests so long before its place is worth a question. */
const REST_MS = 60;
/** Screens passed at once by a thumb that flies. */
const FLIGHT = 3;

export interface TableSource {
  view: (query: TableQuery) => Promise<TableView>;
  rows: (query: TableQuery, offset: number, limit: number, columns: number[]) => Promise<PageCells>;
  errorOf: (caught: unknown) => AppError;
}

/** A row's cells; another object when any of them is another. */
export interface TableRow {
  /** In the dataset, from 1. */
  number: number;
  /** By the column's place in the dataset: null where a value is missing, undefined while it is under way. */
  cell: (place: number) => string | null | undefined;
}

/** What a table shows; a new object whenever anything changed. */
export interface TableRows {
  /** Rows that the query shows. */
  nMatching: number;
  /** Whose rows are shown. */
  query: TableQuery;
  /** What is shown is of an older query; the new one's rows are under way. */
  isBusy: boolean;
  /** Undefined while the row is under way. */
  rowAt: (index: number) => TableRow | undefined;
  error: AppError | null;
}

interface Seen {
  first: number;
  last: number;
  places: readonly number[];
}

/** Counts queries; a piece of an older one is not shown beside those of a newer. */
type Version = number;

interface Piece {
  key: string;
  /** Of the rows, and of the columns. */
  block: number;
  strip: number;
}

export class TablePages {
  private readonly source: TableSource;
  private readonly nColumns: number;
  private readonly pieces = new Map<string, PageCells>();
  private readonly underWay = new Set<string>();
  private readonly rowsDrawn = new Map<number, TableRow>();
  private readonly watchers = new Set<() => void>();
  private query: TableQuery;
  private version: Version = 0;
  /** Of the pieces that are kept. */
  private shownVersion: Version = 0;
  /** Rows of the newest query, once they are known. */
  private nAhead: number | null;
  /** The newest query is looked at from its first row on. */
  private fromTop = false;
  private seen: Seen = { first: 0, last: 0, places: [] };
  private resting: ReturnType<typeof setTimeout> | undefined;
  private rows: TableRows;

  /** `nRows` is the whole table's. */
  constructor(source: TableSource, nColumns: number, nRows: number, query: TableQuery) {
    this.source = source;
    this.nColumns = nColumns;
    this.query = query;
    this.nAhead = isPlain(query) ? nRows : null;
    this.rows = {
      nMatching: nRows,
      query,
      isBusy: this.nAhead === null,
      rowAt: (index) => this.rowAt(index),
      error: null,
    };
    if (this.nAhead === null) void this.look();
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => {
      this.watchers.delete(watcher);
    };
  };

  readonly snapshot = (): TableRows => this.rows;

  /** These rows and places are in sight: fetches what of them is missing. */
  readonly show = (seen: Seen): void => {
    const height = seen.last - seen.first + 1;
    const flies = Math.abs(seen.first - this.seen.first) > FLIGHT * height;
    this.seen = seen;
    if (!flies && this.resting === undefined) {
      this.fetchSeen();
      return;
    }
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.resting = undefined;
      this.fetchSeen();
    }, REST_MS);
  };

  /** Another query, or the same of a table that has changed. */
  change(query: TableQuery): void {
    this.fromTop = JSON.stringify(query) !== JSON.stringify(this.rows.query);
    this.query = query;
    void this.look();
  }

  retry(): void {
    void this.look();
  }

  private async look(): Promise<void> {
    this.version += 1;
    const { version, query } = this;
    this.nAhead = null;
    this.underWay.clear();
    this.tell({ isBusy: true, error: null });
    try {
      const { n_matching } = await this.source.view(query);
      if (version !== this.version) return;
      this.nAhead = n_matching;
      if (n_matching === 0) this.take(version);
      else this.fetchSeen();
    } catch (caught) {
      // One that was given up for a newer query is no trouble.
      if (version === this.version) this.tell({ isBusy: false, error: this.source.errorOf(caught) });
    }
  }

  /** From now on the newest query's rows are shown. */
  private take(version: Version): void {
    if (this.shownVersion !== version) {
      this.pieces.clear();
      this.rowsDrawn.clear();
      this.shownVersion = version;
    }
    this.tell({ nMatching: this.nAhead ?? this.rows.nMatching, query: this.query, isBusy: false });
  }

  private rowAt(index: number): TableRow | undefined {
    const known = this.rowsDrawn.get(index);
    if (known !== undefined) return known;
    const block = Math.floor(index / ROWS_A_PIECE);
    const row = index % ROWS_A_PIECE;
    const strips = new Map<number, PageCells>();
    for (let strip = 0; strip * COLUMNS_A_PIECE < this.nColumns; strip += 1) {
      const piece = this.pieces.get(`${block}:${strip}`);
      if (piece !== undefined && row < piece.length) strips.set(strip, piece);
    }
    const [any] = strips.values();
    if (any === undefined) return undefined;
    const made: TableRow = {
      number: any.numberOf(row) + 1,
      cell: (place) => strips.get(Math.floor(place / COLUMNS_A_PIECE))?.cell(row, place % COLUMNS_A_PIECE),
    };
    this.rowsDrawn.set(index, made);
    return made;
  }

  /** What is in sight comes first, what is near after it. */
  private wanted(nRows: number): Piece[] {
    const { first, last, places } = this.seen;
    const end = Math.max(0, Math.ceil(nRows / ROWS_A_PIECE) - 1);
    const block = (row: number) => Math.max(0, Math.min(end, Math.floor(row / ROWS_A_PIECE)));
    const strips = [...new Set(places.map((place) => Math.floor(place / COLUMNS_A_PIECE)))];
    const isNew = this.shownVersion !== this.version;
    const [top, bottom] = isNew && this.fromTop ? [0, last - first] : [first, last];
    const blocks = new Set<number>();
    for (let at = block(top); at <= block(bottom); at += 1) blocks.add(at);
    blocks.add(block(bottom + NEAR)).add(block(top - NEAR));
    return [...blocks].flatMap((at) => strips.map((strip) => ({ key: `${at}:${strip}`, block: at, strip })));
  }

  private fetchSeen(): void {
    if (this.nAhead === null || this.nAhead === 0 || this.rows.error !== null) return;
    const isNew = this.shownVersion !== this.version;
    for (const piece of this.wanted(this.nAhead)) {
      if (!isNew && this.pieces.has(piece.key)) this.touch(piece.key);
      else if (!this.underWay.has(piece.key) && this.underWay.size < MOST_ASKED) void this.fetchPiece(piece);
    }
  }

  private async fetchPiece({ key, block, strip }: Piece): Promise<void> {
    const { version, query } = this;
    this.underWay.add(key);
    const from = strip * COLUMNS_A_PIECE;
    const columns = Array.from({ length: Math.min(COLUMNS_A_PIECE, this.nColumns - from) }, (_, place) => from + place);
    try {
      const page = await this.source.rows(query, block * ROWS_A_PIECE, ROWS_A_PIECE, columns);
      if (version !== this.version) return;
      this.nAhead = page.nMatching;
      if (this.shownVersion !== version) this.take(version);
      this.keep(key, block, page);
      this.tell({ nMatching: page.nMatching });
    } catch (caught) {
      if (version === this.version) this.tell({ isBusy: false, error: this.source.errorOf(caught) });
    } finally {
      if (version === this.version) {
        this.underWay.delete(key);
        if (this.resting === undefined) this.fetchSeen();
      }
    }
  }

  private keep(key: string, block: number, page: PageCells): void {
    this.pieces.set(key, page);
    this.forgetRows(block);
    const [oldest] = this.pieces.keys();
    if (this.pieces.size > PIECES_KEPT && oldest !== undefined) {
      this.pieces.delete(oldest);
      this.forgetRows(Number(oldest.split(":")[0]));
    }
  }

  /** Rows drawn from a piece are made anew, with what is there now. */
  private forgetRows(block: number): void {
    for (let row = block * ROWS_A_PIECE; row < (block + 1) * ROWS_A_PIECE; row += 1) this.rowsDrawn.delete(row);
  }

  private touch(key: string): void {
    const page = this.pieces.get(key);
    if (page === undefined) return;
    this.pieces.delete(key);
    this.pieces.set(key, page);
  }

  private tell(change: Partial<TableRows>): void {
    this.rows = { ...this.rows, ...change };
    for (const watcher of this.watchers) watcher();
  }
}
