import { useCallback, useEffect, useRef, useState } from "react";
import { errorOf, readProfile, readRows } from "../orchestrators/table";
import { PageCache, pagesAround, rowsPerPage } from "../state/table-pages";
import type { AppError, Dataset, DatasetId, DatasetProfile, Loadable } from "../types";

interface TableRows {
  /** Undefined while the row is under way. */
  rowAt: (index: number) => readonly (string | null)[] | undefined;
  /** Fetches what is in sight and a little around it. */
  onRange: (first: number, last: number) => void;
  error: AppError | null;
  retry: () => void;
}

/** Rows of a dataset's table, page by page as they come into sight. Mount anew for another dataset. */
export function useTableRows({ id, n_rows, columns }: Dataset): TableRows {
  const perPage = rowsPerPage(columns.length);
  const [cache] = useState(() => new PageCache());
  const underWay = useRef(new Set<number>());
  const inSight = useRef<[number, number]>([0, 0]);
  const [, setArrivals] = useState(0);
  const [error, setError] = useState<AppError | null>(null);
  const isMounted = useRef(true);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);

  const fetchPage = useCallback(
    async (page: number) => {
      underWay.current.add(page);
      try {
        const content = await readRows(id, page * perPage, perPage);
        cache.put(page, content);
        if (isMounted.current) setArrivals((count) => count + 1);
      } catch (caught) {
        if (isMounted.current) setError(errorOf(caught));
      } finally {
        underWay.current.delete(page);
      }
    },
    [cache, id, perPage],
  );

  const onRange = useCallback(
    (first: number, last: number) => {
      inSight.current = [first, last];
      for (const page of pagesAround(first, last, perPage, n_rows)) {
        if (cache.has(page)) cache.touch(page);
        else if (!underWay.current.has(page)) void fetchPage(page);
      }
    },
    [cache, fetchPage, n_rows, perPage],
  );

  const retry = useCallback(() => {
    setError(null);
    onRange(...inSight.current);
  }, [onRange]);

  const rowAt = (index: number) => cache.get(Math.floor(index / perPage))?.rows[index % perPage];
  return { rowAt, onRange, error, retry };
}

/** One row's cells, in the columns' order. Mount anew for another row. */
export function useTableRow(id: DatasetId, row: number): Loadable<readonly (string | null)[]> {
  const [cells, setCells] = useState<Loadable<readonly (string | null)[]>>({ state: "loading" });
  useEffect(() => {
    let gone = false;
    readRows(id, row, 1).then(
      (page) => {
        if (!gone) setCells({ state: "ready", value: page.rows[0] ?? [] });
      },
      (caught: unknown) => {
        if (!gone) setCells({ state: "failed", error: errorOf(caught) });
      },
    );
    return () => {
      gone = true;
    };
  }, [id, row]);
  return cells;
}

/** Figures of every column, and warnings about a target. Mount anew for another dataset. */
export function useProfile(
  { id }: Dataset,
  target: string | null,
): Loadable<DatasetProfile> & { retry: () => void } {
  const [profile, setProfile] = useState<Loadable<DatasetProfile>>({ state: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let gone = false;
    readProfile(id, target).then(
      (value) => {
        if (!gone) setProfile({ state: "ready", value });
      },
      (caught: unknown) => {
        if (!gone) setProfile({ state: "failed", error: errorOf(caught) });
      },
    );
    return () => {
      gone = true;
    };
  }, [id, target, attempt]);
  const retry = () => {
    setProfile({ state: "loading" });
    setAttempt(attempt + 1);
  };
  return { ...profile, retry };
}
