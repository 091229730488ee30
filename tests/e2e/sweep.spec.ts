// A sweep in the real window: built on a fresh dataset, watched, filtered,
// paused, taken up again by another process, and read to the verdict.
import { By } from "selenium-webdriver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

/** Long enough to be paused, short enough to be waited for. */
const CONFIGURATIONS = "800";

describe("a sweep", () => {
  let window: Window;

  beforeAll(async () => {
    window = await Window.open();
    await window.resize(1280, 800);
  });

  afterAll(async () => {
    await window.discard();
  });

  const rows = async () => {
    const table = await window.part("TrialsDataTable");
    return table.findElements(By.css('[role="row"]'));
  };

  it("starts from an empty page that says what to do", async () => {
    await window.choose("Concrete strength");
    await window.press("mode-sweep");
    await window.part("SweepForm");
    await window.reads("sweep-plan", /\d/);
    await window.picture("sweep-empty-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("refuses what cannot be swept where it was typed", async () => {
    await window.fill("sweep-n_trials", "0");
    await window.press("sweep-button");
    await window.reads("SweepForm", /at least 1/);
    await window.picture("sweep-refused-1280");
  });

  it("runs on both platforms and shows trials as they come in", async () => {
    await window.fill("sweep-n_trials", CONFIGURATIONS);
    await (await window.part("sweep-both")).click();
    await window.press("sweep-button");
    await window.reads("sweep-status", /Running/);
    await window.reads("trials-count", /[1-9]/);
    await window.driver.wait(async () => (await rows()).length > 3, 60_000, "no trials came in");
    await window.picture("sweep-running-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("pauses, and goes on in another process", async () => {
    await window.press("pause-button");
    await window.reads("sweep-status", /Paused/);
    await window.picture("sweep-paused-1280");
    await window.close();
    window = await Window.open(window.dataDir);
    await window.resize(1280, 800);
    await window.choose("Concrete strength");
    await window.press("mode-sweep");
    await window.reads("sweep-status", /Paused/);
    await window.press("resume-button");
    await window.reads("sweep-status", /Finished/);
  });

  it("compares the best of both platforms in words", async () => {
    await window.reads("comparison-verdict", /difference|better/i);
    await window.reads("BestComparisonCard", /On test rows/);
    await window.picture("sweep-finished-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("weighs the objective against what networks cost, and measures how fast they answer", async () => {
    await window.reads("best-latency", /µs/);
    await window.tab("By cost");
    await window.select("Cost", "Latency");
    await window.press("measure-latency");
    await window.reads("cost-chart", /nothing cheaper beats/);
    await window.gone("measure-latency");
    await window.picture("sweep-latency-1280");
    await window.tab("By setting");
    await window.select("Against", "Batch size");
    await window.reads("slice-chart", /the better, by the trials nearby/);
    await window.picture("sweep-surface-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("finds trials by text", async () => {
    await window.fill("trials-search", "tensorflow");
    await window.reads("trials-count", new RegExp(CONFIGURATIONS));
    await window.picture("sweep-filtered-1280");
  });

  it("looks right wide, narrow and dark", async () => {
    await window.resize(1920, 1080);
    await window.picture("sweep-finished-1920");
    await window.theme("dark");
    await window.press("mode-sweep");
    await window.reads("sweep-status", /Finished/);
    await window.reads("comparison-verdict", /difference|better/i);
    await window.picture("sweep-finished-1920-dark");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.resize(900, 800);
    await window.picture("sweep-finished-900-dark");
  });

  it("judges on folds in turn, and shows how far they differ", async () => {
    await window.resize(1280, 800);
    await window.theme("light");
    await window.press("mode-sweep");
    await window.reads("sweep-status", /Finished/);
    await (await window.reveal("sweep-judged_on")).click();
    await (await window.option("Folds, in turn")).click();
    await window.fill("sweep-rounds", "1");
    await window.fill("sweep-n_trials", "4");
    await window.press("sweep-button");
    await window.reads("SweepForm", /folds is 1; it must be a whole number, at least 2/);
    await window.fill("sweep-rounds", "3");
    await window.picture("sweep-folds-form-1280");
    await window.press("sweep-button");
    await window.reads("trials-count", /\b[48] /);
    await window.reads("sweep-status", /Finished/);
    await window.element('[data-testid="TrialsDataTable"] [title="Standard deviation over the folds"]');
    await window.reveal("TrialsDataTable");
    await window.picture("sweep-folds-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });
});
