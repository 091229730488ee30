/**
 * Work that is asked for more often than it is worth doing, such as fetching
 * again what events say has changed: done at once, then at most every so often,
 * never twice at a time, and always once more after the last asking.
 */
export interface Coalesced {
  ask: () => void;
  /** Nothing is started any more; what is under way ends by itself. */
  stop: () => void;
}

export function coalesced(work: () => Promise<unknown>, leastMs: number): Coalesced {
  let startedAt = -Infinity;
  let isUnderWay = false;
  let isAsked = false;
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const next = () => {
    if (isUnderWay || !isAsked || isStopped) return;
    clearTimeout(timer);
    const wait = startedAt + leastMs - Date.now();
    if (wait > 0) {
      timer = setTimeout(next, wait);
      return;
    }
    startedAt = Date.now();
    isAsked = false;
    isUnderWay = true;
    void work().finally(() => {
      isUnderWay = false;
      next();
    });
  };

  return {
    ask: () => {
      isAsked = true;
      next();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
