// However often events ask for the same work, it is done now and then, never
// twice at a time, and once more after the last of them.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { coalesced } from "./coalesce";

describe("coalesced work", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is done at once, then no more often than it may", async () => {
    const times: number[] = [];
    const begun = Date.now();
    const { ask } = coalesced(() => Promise.resolve(times.push(Date.now() - begun)), 2000);
    for (let at = 0; at < 5000; at += 250) {
      ask();
      await vi.advanceTimersByTimeAsync(250);
    }
    await vi.advanceTimersByTimeAsync(5000);
    expect(times).toEqual([0, 2000, 4000, 6000]);
  });

  it("waits for work that takes long, and does it once more for all that was asked meanwhile", async () => {
    let running = 0;
    let most = 0;
    let done = 0;
    const { ask } = coalesced(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      running -= 1;
      done += 1;
    }, 100);
    ask();
    await vi.advanceTimersByTimeAsync(1000);
    for (let n = 0; n < 10; n += 1) ask();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([most, done]).toEqual([1, 2]);
  });

  it("is not started any more once stopped", async () => {
    const work = vi.fn(() => Promise.resolve());
    const { ask, stop } = coalesced(work, 1000);
    ask();
    await vi.advanceTimersByTimeAsync(10);
    ask();
    stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
