/**
 * Pages of a view of trials, fetched as they come into sight. While trials
 * change, or while another order is on its way, what is there stays in sight
 * until its newer self arrives. Knows nothing of React.
 */
import type { AppError, Trial, TrialPage } from "../types";

export const TRIALS_A_PAGE = 200;
const PAGES_KEPT = 30;
/** Rows beyond those in sight that are fetched with them, since scrolling goes on. */
const NEAR = 40;

type Read = (offset: number, limit: number) => Promise<TrialPage>;

interface Kept {
  rows: readonly Trial[];
  /** As of which refresh. */
  version: number;
}

/** What a table shows; a new object whenever anything changed. */
export interface TrialRows {
  /** Null until the first page is there. */
  nMatching: number | null;
  nTotal: number | null;
  /** Undefined while the row is under way. */
  rowAt: (index: number) => Trial | undefined;
  error: AppError | null;
}

export class TrialPages {
  private readonly pages = new Map<number, Kept>();
  private readonly underWay = new Map<number, number>();
  private readonly watchers = new Set<() => void>();
  private readonly errorOf: (caught: unknown) => AppError;
  private read: Read;
  private version = 0;
  /** The version with which the view last became another one. */
  private viewVersion = 0;
  private sight: [number, number] = [0, 0];
  private rows: TrialRows;

  constructor(read: Read, errorOf: (caught: unknown) => AppError) {
    this.read = read;
    this.errorOf = errorOf;
    this.rows = { nMatching: null, nTotal: null, rowAt: (index) => this.rowAt(index), error: null };
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => {
      this.watchers.delete(watcher);
    };
  };

  readonly snapshot = (): TrialRows => this.rows;

  /** Rows from `first` to `last` are in sight: fetches what of them is missing or old. */
  readonly show = (first: number, last: number): void => {
    this.sight = [first, last];
    void this.fetchSight();
  };

  /** Another order or filter: what is in sight stays until the new rows are there. */
  async change(read: Read): Promise<void> {
    this.read = read;
    this.version += 1;
    this.viewVersion = this.version;
    this.sight = [0, this.sight[1] - this.sight[0]];
    await this.fetchSight();
  }

  /** The trials are others than before; what is in sight is fetched again, the rest once it is looked at. */
  async refresh(): Promise<void> {
    this.version += 1;
    await this.fetchSight();
  }

  private rowAt(index: number): Trial | undefined {
    return this.pages.get(Math.floor(index / TRIALS_A_PAGE))?.rows[index % TRIALS_A_PAGE];
  }

  private async fetchSight(): Promise<void> {
    const [first, last] = this.sight;
    const n = this.rows.nMatching;
    const end = n === null ? 0 : Math.max(0, Math.ceil(n / TRIALS_A_PAGE) - 1);
    const from = Math.min(end, Math.floor(Math.max(0, first - NEAR) / TRIALS_A_PAGE));
    const to = Math.min(end, Math.max(from, Math.floor((last + NEAR) / TRIALS_A_PAGE)));
    const wanted = Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(
      (page) => (this.pages.get(page)?.version ?? -1) < this.version && (this.underWay.get(page) ?? -1) < this.version,
    );
    await Promise.all(wanted.map((page) => this.fetchPage(page)));
  }

  private async fetchPage(page: number): Promise<void> {
    const version = this.version;
    this.underWay.set(page, version);
    try {
      const answer = await this.read(page * TRIALS_A_PAGE, TRIALS_A_PAGE);
      // A view that is gone, or an answer overtaken by a newer one.
      if (version < this.viewVersion || (this.pages.get(page)?.version ?? -1) > version) return;
      this.keep(page, { rows: answer.rows, version });
      this.tell({ nMatching: answer.n_matching, nTotal: answer.n_total, error: null });
    } catch (caught) {
      if (version >= this.viewVersion) this.tell({ error: this.errorOf(caught) });
    } finally {
      if (this.underWay.get(page) === version) this.underWay.delete(page);
    }
  }

  private keep(page: number, kept: Kept): void {
    // Pages of another view would lie between those of this one.
    for (const [other, { version }] of this.pages) {
      if (version < this.viewVersion) this.pages.delete(other);
    }
    this.pages.delete(page);
    this.pages.set(page, kept);
    const [oldest] = this.pages.keys();
    if (this.pages.size > PAGES_KEPT && oldest !== undefined) this.pages.delete(oldest);
  }

  private tell(change: Partial<TrialRows>): void {
    this.rows = { ...this.rows, ...change };
    for (const watcher of this.watchers) watcher();
  }
}
