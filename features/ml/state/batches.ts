/**
 * Gathers what arrives in a burst and hands it on once a frame. A hidden
 * window has no frames, so a timer stands by.
 */
const LONGEST_WAIT_MS = 50;

export function inBatches<T>(handle: (batch: T[]) => void): (item: T) => void {
  let waiting: T[] = [];
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    const batch = waiting;
    waiting = [];
    handle(batch);
  };
  return (item) => {
    waiting.push(item);
    if (waiting.length > 1) return;
    frame = requestAnimationFrame(flush);
    timer = setTimeout(flush, LONGEST_WAIT_MS);
  };
}
