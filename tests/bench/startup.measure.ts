// How fast the window starts, beside an empty one: first paint, memory, and how
// long a press of Train takes to show an epoch. Contenders take turns, so that
// whatever else the machine does falls on both.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "vitest";
import { Window } from "../e2e/window";
import { timeFirstEpoch } from "./first-epoch";
import { atRest, findProcess, haveEnded, privateBytes, programs, startTime, tree } from "./processes";

type Contender = "empty" | "retort";
type Platform = "pytorch" | "tensorflow";

/** On folders that were never used, or on those of an earlier start. */
type Start = "first" | "warm";

interface Opening {
  contender: Contender;
  start: Start;
  /** Openings of one pair stood side by side. */
  pair: number;
  first_paint_ms: number;
  /** Until table and form were drawn, workers were up and nothing was left to do. */
  at_rest_ms: number;
  private_bytes: number;
}

interface FirstEpoch {
  platform: Platform;
  /** Pressed with the window at rest, or as soon as the button could be. */
  pressed: "at rest" | "at once";
  /** Of this process. */
  run: "first" | "second";
  dataset: string;
  milliseconds: number;
}

const PLATFORMS: readonly Platform[] = ["pytorch", "tensorflow"];
const SCRIPT_PATIENCE_MS = 60_000;

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; measure with \`npm run bench\``);
  return value;
}

const REPETITIONS = Number(required("RETORT_BENCH_REPETITIONS"));
const PROGRAMS: Record<Contender, string> = { empty: required("RETORT_EMPTY_WINDOW"), retort: required("RETORT_APP") };

async function withWindow(
  contender: Contender,
  dataDir: string,
  measure: (window: Window, app: number) => Promise<void>,
): Promise<void> {
  // The one way to say what the window opens.
  process.env.RETORT_APP = PROGRAMS[contender];
  const window = await Window.open(dataDir);
  const app = findProcess(PROGRAMS[contender], dataDir);
  try {
    await window.driver.manage().setTimeouts({ script: SCRIPT_PATIENCE_MS });
    await measure(window, app);
  } finally {
    const family = tree(app);
    await window.close();
    await haveEnded(family);
  }
}

/** `Date.now()` of the first frame with something in it. */
async function firstPaint(window: Window): Promise<number> {
  return window.driver.executeAsyncScript(`
    const done = arguments[arguments.length - 1];
    new PerformanceObserver((list) => {
      const [paint] = list.getEntriesByName("first-contentful-paint");
      if (paint !== undefined) done(performance.timeOrigin + paint.startTime);
    }).observe({ type: "paint", buffered: true });
  `);
}

async function isReady(window: Window, app: number): Promise<void> {
  // Of the first sample's first row; text, so drawn.
  await window.reads("DatasetTableAccordion", /Adelie/);
  await window.part("train-button");
  await window.driver.wait(() => {
    const running = programs(app);
    return PLATFORMS.every((platform) => running.includes(`retort-worker-${platform}`));
  }, SCRIPT_PATIENCE_MS);
}

async function open(contender: Contender, start: Start, pair: number, window: Window, app: number): Promise<Opening> {
  const started = startTime(app);
  const painted = await firstPaint(window);
  if (contender === "retort") await isReady(window, app);
  const rested = await atRest(app);
  return {
    contender,
    start,
    pair,
    first_paint_ms: painted - started,
    at_rest_ms: rested - started,
    private_bytes: privateBytes(app),
  };
}

async function trainTwice(window: Window, platform: Platform, pressed: FirstEpoch["pressed"]): Promise<FirstEpoch[]> {
  const epochs: FirstEpoch[] = [];
  for (const run of ["first", "second"] as const) {
    epochs.push({ platform, pressed, run, ...(await timeFirstEpoch(window)) });
    await window.reads("run-status", /Finished/);
  }
  return epochs;
}

it("measures how fast the window starts", async () => {
  const openings: Opening[] = [];
  const epochs: FirstEpoch[] = [];
  const folders: string[] = [];
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), "retort-bench-"));
    folders.push(folder);
    return folder;
  };
  const write = () => {
    writeFileSync(required("RETORT_BENCH_MEASUREMENTS"), JSON.stringify({ openings, epochs }));
  };
  const note = (opening: Opening) => {
    openings.push(opening);
    const mebibytes = opening.private_bytes / 2 ** 20;
    console.log(
      `  ${opening.contender}, ${opening.start}: painted after ${opening.first_paint_ms.toFixed(0)} ms, at rest after ${opening.at_rest_ms.toFixed(0)} ms, ${mebibytes.toFixed(1)} MiB private`,
    );
    write();
  };

  try {
    // Discarded: reads programs and libraries from the disk, imports the samples.
    const used: Record<Contender, string> = { empty: newFolder(), retort: newFolder() };
    for (const contender of ["empty", "retort"] as const) {
      await withWindow(contender, used[contender], async (window, app) => {
        await open(contender, "first", 0, window, app);
      });
    }

    let pair = 0;
    /** One after the other, and the other way round the next time. */
    const sideBySide = async (measure: (contender: Contender) => Promise<void>) => {
      const turns: Contender[] = pair % 2 === 0 ? ["empty", "retort"] : ["retort", "empty"];
      for (const contender of turns) await measure(contender);
      pair += 1;
    };

    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      console.log(`Repetition ${repetition + 1} of ${REPETITIONS}`);
      for (const platform of PLATFORMS) {
        await sideBySide((contender) =>
          withWindow(contender, used[contender], async (window, app) => {
            note(await open(contender, "warm", pair, window, app));
            if (contender === "empty") return;
            await window.go(`/ml/${platform}`);
            epochs.push(...(await trainTwice(window, platform, "at rest")));
          }),
        );
        await withWindow("retort", used.retort, async (window) => {
          await window.go(`/ml/${platform}`);
          epochs.push(...(await trainTwice(window, platform, "at once")));
        });
        for (const { pressed, run, milliseconds } of epochs.slice(-4)) {
          console.log(`  ${platform}, ${pressed}, ${run} run: epoch on screen after ${milliseconds.toFixed(0)} ms`);
        }
      }
      await sideBySide((contender) =>
        withWindow(contender, newFolder(), async (window, app) => {
          note(await open(contender, "first", pair, window, app));
        }),
      );
    }
    write();
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
});
