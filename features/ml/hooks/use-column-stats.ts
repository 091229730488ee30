import { useEffect, useState } from "react";
import { errorOf, readStats } from "../orchestrators/table";
import type { ColumnStats, Dataset, Loadable } from "../types";

/** Figures of every column. Mount anew for another dataset. */
export function useColumnStats({ id }: Dataset): Loadable<ColumnStats[]> & { retry: () => void } {
  const [stats, setStats] = useState<Loadable<ColumnStats[]>>({ state: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let gone = false;
    readStats(id).then(
      (value) => {
        if (!gone) setStats({ state: "ready", value });
      },
      (caught: unknown) => {
        if (!gone) setStats({ state: "failed", error: errorOf(caught) });
      },
    );
    return () => {
      gone = true;
    };
  }, [id, attempt]);
  const retry = () => {
    setStats({ state: "loading" });
    setAttempt(attempt + 1);
  };
  return { ...stats, retry };
}
