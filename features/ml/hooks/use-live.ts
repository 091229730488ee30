import { useCallback, useEffect, useRef, useState } from "react";
import { errorOf } from "../orchestrators/sweeps";
import { coalesced, type Coalesced } from "../state/coalesce";
import type { AppError } from "../types";

/** Something fetched that is fetched again as it changes; what is there stays meanwhile. */
export type Live<T> =
  | { state: "loading" }
  | { state: "failed"; error: AppError; retry: () => void }
  /** `isOld`: it answers an earlier question, and the answer to this one is on its way. */
  | { state: "ready"; value: T; isOld: boolean; error: AppError | null; retry: () => void };

interface Answer<T> {
  key: string;
  value: T;
}

/**
 * What `read` answers for `key`, asked again when `revision` has changed, at
 * most every `leastMs`. Under a null key nothing is asked.
 */
export function useLive<T>(
  key: string | null,
  read: () => Promise<T>,
  { revision, leastMs }: { revision: number; leastMs: number },
): Live<T> {
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const [failure, setFailure] = useState<{ key: string; error: AppError } | null>(null);
  const latest = useRef(read);
  const asking = useRef<Coalesced | null>(null);
  useEffect(() => {
    latest.current = read;
  });

  useEffect(() => {
    if (key === null) return undefined;
    let gone = false;
    const mine = coalesced(async () => {
      try {
        const value = await latest.current();
        if (gone) return;
        setAnswer({ key, value });
        setFailure(null);
      } catch (caught) {
        if (!gone) setFailure({ key, error: errorOf(caught) });
      }
    }, leastMs);
    asking.current = mine;
    mine.ask();
    return () => {
      gone = true;
      mine.stop();
      asking.current = null;
    };
  }, [key, leastMs]);

  const first = useRef(revision);
  useEffect(() => {
    // The first fetch was asked for with the key.
    if (first.current === revision) return;
    first.current = revision;
    asking.current?.ask();
  }, [revision]);

  const retry = useCallback(() => {
    setFailure(null);
    asking.current?.ask();
  }, []);
  const error = failure !== null && failure.key === key ? failure.error : null;
  if (answer === null) return error === null ? { state: "loading" } : { state: "failed", error, retry };
  return { state: "ready", value: answer.value, isOld: answer.key !== key, error, retry };
}
