import { useEffect, useRef, useState } from "react";
import { asAppError } from "../api";
import type { AppError } from "../types";

/** What the core says of content that a person is still typing. */
export type Rested<T> =
  /** Something in the content is refused, so nothing is asked. */
  | { state: "unfit" }
  | { state: "loading" }
  | { state: "failed"; error: AppError }
  | { state: "ready"; value: T };

/** A person types; the core is asked once the hand rests. */
const REST_MS = 300;

/**
 * What `read` answers for `question`, asked once the question has not changed
 * for a moment, and again with another `revision`; only the newest answer
 * counts. `read` may be another function at each call.
 */
export function useRested<Question, T>(
  question: Question | null,
  read: (question: Question) => Promise<T>,
  revision = 0,
): Rested<T> {
  const [answer, setAnswer] = useState<{ key: string; rested: Rested<T> } | null>(null);
  const key = question === null ? null : JSON.stringify(question);
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  useEffect(() => {
    if (key === null) return undefined;
    let gone = false;
    const timer = setTimeout(() => {
      latest.current(JSON.parse(key) as Question).then(
        (value) => {
          if (!gone) setAnswer({ key, rested: { state: "ready", value } });
        },
        (caught: unknown) => {
          if (!gone) setAnswer({ key, rested: { state: "failed", error: asAppError(caught) } });
        },
      );
    }, REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [key, revision]);
  if (key === null) return { state: "unfit" };
  // An older answer stays in sight for the moment that the next one takes; an older error does not.
  if (answer !== null && (answer.key === key || answer.rested.state === "ready")) return answer.rested;
  return { state: "loading" };
}
