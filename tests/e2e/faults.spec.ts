// What must not cost anything: a killed app, a second one, the command line on
// the same folder, missing runtimes.
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { Window } from "./window";

const EPOCHS = 3000;

interface Run {
  status: string;
  platform: string;
  metrics: unknown;
  epochs_run: number;
}

async function retort(dataDir: string, ...words: string[]): Promise<{ runs: Run[] }> {
  const cli = process.env.RETORT_CLI;
  if (!cli) throw new Error("RETORT_CLI is not set; run the suites with `npm run e2e`");
  const { stdout } = await promisify(execFile)(cli, [...words, "--data-dir", dataDir, "--json"]);
  return JSON.parse(stdout) as { runs: Run[] };
}

describe("the window survives", () => {
  const open: Window[] = [];

  async function opened(dataDir?: string, environment?: Record<string, string>): Promise<Window> {
    const window = await Window.open(dataDir, environment);
    open.push(window);
    await window.resize(1280, 800);
    return window;
  }

  afterEach(async () => {
    for (const window of open.splice(0).reverse()) await window.discard();
  });

  it("a kill: the run goes on by itself, to what the command line gets", async () => {
    const first = await opened();
    await first.reads("DatasetTableAccordion", /Adelie/);
    await first.set("epochs", String(EPOCHS));
    await first.press("train-both-button");
    await first.reads("run-progress", /Epoch [\d,]+ of 3,000/);
    await first.kill();

    const again = await opened(first.dataDir);
    await again.reads("RunSummaryPanel", /Finished/);
    await again.go("/ml/tensorflow");
    await again.reads("RunSummaryPanel", /Finished/);
    const inWindow = (await retort(again.dataDir, "run", "list")).runs;
    // The command line works on the folder that the app has open, and the app hears of it.
    const { runs } = await retort(again.dataDir, "train", "Penguins", "--target", "species", "--set", `epochs=${EPOCHS}`);
    const comparable = (run: Run) => ({ platform: run.platform, metrics: run.metrics, epochs_run: run.epochs_run });
    const byPlatform = (a: Run, b: Run) => a.platform.localeCompare(b.platform);
    expect(inWindow.sort(byPlatform).map(comparable)).toEqual(runs.sort(byPlatform).map(comparable));
    await again.go("/runs");
    await again.reads("RunsView", /4 runs/);
  });

  it("a second app on the folder, which says so", async () => {
    const first = await opened();
    await first.reads("DatasetTableAccordion", /Adelie/);
    const second = await opened(first.dataDir, { DBUS_SESSION_BUS_ADDRESS: "disabled:" });
    await second.bodyReads(/already open/);
    await second.picture("second-app-1280");
    await first.reads("DatasetTableAccordion", /Adelie/);
  });

  it("missing runtimes: datasets can be looked at, and the command is named", async () => {
    const window = await opened();
    await window.close();
    const nowhere = join(window.dataDir, "no-runtimes");
    mkdirSync(nowhere);
    const bare = await opened(window.dataDir, { RETORT_RUNTIMES: nowhere });
    await bare.reads("DatasetTableAccordion", /Adelie/);
    await bare.reads("runtime-banner", /cargo xtask setup/);
    expect(await (await bare.part("train-button")).isEnabled()).toBe(false);
    await bare.picture("no-runtimes-1280");
    expect(await bare.seriousTrouble()).toEqual([]);
  });
});
