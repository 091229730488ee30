// How evenly the window draws while somebody scrolls through a large table, and
// how soon a large sweep's trials are there. Run
// by hand, on a data folder that holds a large dataset, a large sweep or both,
// with the names of the dataset and of the one that was swept:
//
//     RETORT_BENCH_DATA=FOLDER RETORT_BENCH_DATASET=NAME RETORT_BENCH_SWEPT=NAME vitest run scrolling --config tests/bench/vitest.config.ts
import { describe, it } from "vitest";
import { Window } from "../e2e/window";
import { firstFrame } from "./first-frame";

const DATA = process.env.RETORT_BENCH_DATA;
const DATASET = process.env.RETORT_BENCH_DATASET;
const SWEPT = process.env.RETORT_BENCH_SWEPT;
const WIDTH = 1280;
const HEIGHT = 800;
const SCRIPT_PATIENCE_MS = 120_000;
/** Frames that are told one by one, by their place among all. */
const LONG_MS = 60;

interface Scrolled {
  frames: number[];
  /** Milliseconds until rows stood where scrolling ended. */
  settled: number;
  end: number;
}

/**
 * Puts in place of the page a plain list with as many cells in sight as the
 * table has, drawn once: what this machine needs for scrolling alone.
 */
async function plainList(window: Window): Promise<void> {
  await window.driver.executeScript(`
    const cell = '<span style="display:inline-block;width:120px">1,234.56</span>';
    const row = '<div style="height:28px;white-space:nowrap">' + cell.repeat(10) + "</div>";
    document.body.innerHTML = '<div data-testid="plain"><div role="grid" style="height:700px;overflow:auto">' + row.repeat(4000) + "</div></div>";
  `);
}

/** Scrolls a part for some seconds, as far a frame, and tells how long each frame took. */
async function scroll(window: Window, testId: string, pixelsAFrame: number, rows: string): Promise<Scrolled> {
  await window.driver.manage().setTimeouts({ script: SCRIPT_PATIENCE_MS });
  return window.driver.executeAsyncScript(
    `
    const [testId, pixels, rows, done] = arguments;
    const part = document.querySelector('[data-testid="' + testId + '"]');
    const grid = part.getAttribute("role") === "grid" ? part : part.querySelector('[role="grid"]');
    const frames = [];
    let before = null;
    let isDown = true;
    const drawn = (now) => {
      if (before !== null) frames.push(now - before);
      before = now;
      if (frames.length >= 300) return settle(performance.now());
      const was = grid.scrollTop;
      grid.scrollTop += isDown ? pixels : -pixels;
      if (grid.scrollTop === was) isDown = !isDown;
      requestAnimationFrame(drawn);
    };
    const settle = (since) => {
      const cells = [...grid.querySelectorAll(rows)];
      const isFilled = cells.length > 0 && cells.every((cell) => cell.textContent !== "");
      if (isFilled) done({ frames, settled: performance.now() - since, end: grid.scrollTop });
      else requestAnimationFrame(() => settle(since));
    };
    requestAnimationFrame(drawn);
    `,
    testId,
    pixelsAFrame,
    rows,
  );
}

function told(what: string, { frames, settled, end }: Scrolled): void {
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(0);
  const long = frames.flatMap((frame, index) => (frame > LONG_MS ? [`${frame.toFixed(0)} ms at ${index}`] : []));
  console.log(
    `${what}: frames of ${at(0.5)} ms (p50), ${at(0.95)} ms (p95), ${at(1)} ms (longest); rows stood ${settled.toFixed(0)} ms later, at pixel ${end.toFixed(0)}; frames over ${LONG_MS} ms: ${long.join(", ") || "none"}`,
  );
}

describe.skipIf(DATA === undefined)("scrolling", () => {
  it.skipIf(DATASET === undefined)("goes through a large table", async () => {
    const window = await Window.open(DATA);
    try {
      await window.resize(WIDTH, HEIGHT);
      await window.choose(DATASET ?? "");
      await window.element('[data-cell="0:0"]');
      for (const pixels of [40, 2_000, 200_000]) {
        const name = `table, ${pixels.toLocaleString("en")} pixels a frame`;
        told(name, await scroll(window, "dataset-rows", pixels, '[data-cell]:not([data-cell^="-"])'));
      }
      await window.picture("large-table");
      await plainList(window);
      told("a plain list, 40 pixels a frame", await scroll(window, "plain", 40, "div"));
    } finally {
      await window.close();
    }
  });

  it.skipIf(SWEPT === undefined)("shows a large sweep", async () => {
    // The window opens as it was left: with sweeps, their trials would be there before the press.
    const before = await Window.open(DATA);
    await before.press("mode-train");
    await before.close();
    const window = await Window.open(DATA);
    try {
      await window.resize(WIDTH, HEIGHT);
      await window.choose(SWEPT ?? "");
      const row = '[data-testid="TrialsDataTable"] [role="row"][aria-rowindex="3"]';
      const press = `document.querySelector('[data-testid="mode-sweep"]').click()`;
      const shown = await firstFrame(window, press, "document.querySelector(args[0]) !== null", row);
      console.log(`trials in sight after ${shown.toFixed(0)} ms`);
      await window.element('[data-testid="best-so-far-chart"]');
      await window.reveal("TrialsDataTable");
      await window.picture("large-sweep");
      for (const pixels of [40, 2_000, 200_000]) {
        const name = `trials, ${pixels.toLocaleString("en")} pixels a frame`;
        told(name, await scroll(window, "trials-grid", pixels, '[role="row"]'));
      }
    } finally {
      await window.close();
    }
  });
});
