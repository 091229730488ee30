// The whole way in the real window: a sample is open, both platforms train on
// it, the pages share the dataset, and nothing is lost over a restart.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds serious or critical, a line each. */
async function seriousTrouble(window: Window): Promise<string[]> {
  await window.driver.executeScript(AXE);
  return window.driver.executeAsyncScript(`
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ["violations"] }).then(
      ({ violations }) => done(violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => id + ": " + nodes.map((node) => node.html.slice(0, 160)).join(" | "))),
      (error) => done(["axe failed: " + error]),
    );
  `);
}

describe("the window", () => {
  let window: Window;

  beforeAll(async () => {
    window = await Window.open();
    await window.resize(1280, 800);
  });

  afterAll(async () => {
    await window.discard();
  });

  it("opens on a sample, with its rows", async () => {
    await window.part("DatasetTableCombobox");
    await window.reads("DatasetTableAccordion", /Adelie/);
    await window.reads("RunSummaryPanel", /No PyTorch run on this dataset yet/);
    await window.picture("pytorch-empty-1280");
  });

  it("trains on PyTorch and shows what came out", async () => {
    await (await window.part("train-button")).click();
    await window.reads("RunSummaryPanel", /Finished/);
    const text = await window.reads("RunSummaryPanel", /Accuracy/i);
    expect(text).toMatch(/Macro F1/i);
    await window.picture("pytorch-finished-1280");
    expect(await seriousTrouble(window)).toEqual([]);
  });

  it("trains on both from the other page, on the same dataset", async () => {
    await window.go("/ml/tensorflow");
    await window.reads("RunSummaryPanel", /No TensorFlow run on this dataset yet/);
    await (await window.part("train-both-button")).click();
    await window.reads("RunSummaryPanel", /Finished/);
    await window.picture("tensorflow-finished-1280");
    expect(await seriousTrouble(window)).toEqual([]);
  });

  it("says what is wrong with a learning rate of -1, and starts nothing", async () => {
    const field = await window.part("setting-learning_rate");
    await field.clear();
    await field.sendKeys("-1");
    await (await window.part("train-button")).click();
    await window.reads("TrainingForm", /above 0/);
    await window.picture("tensorflow-bad-learning-rate");
  });

  it("is honest about distillation, and lists runs and runtimes", async () => {
    await window.go("/ml/knowledge-distillation");
    await window.part("DatasetTableCombobox");
    await window.picture("distillation-1280");
    expect(await seriousTrouble(window)).toEqual([]);
    await window.go("/runs");
    await window.picture("runs-1280");
    expect(await seriousTrouble(window)).toEqual([]);
    await window.go("/settings");
    await window.reads("runtime-pytorch", /2\.13\.0/);
    await window.reads("runtime-tensorflow", /2\.21\.0/);
    await window.picture("settings-1280");
    expect(await seriousTrouble(window)).toEqual([]);
  });

  it("keeps everything over a restart", async () => {
    await window.close();
    window = await Window.open(window.dataDir);
    await window.resize(1920, 1080);
    await window.go("/ml/pytorch");
    await window.reads("RunSummaryPanel", /Finished/);
    await window.picture("pytorch-finished-1920");
    await window.driver.executeScript(
      `localStorage.setItem("retort.theme", JSON.stringify({ state: { choice: "dark" }, version: 0 })); location.reload();`,
    );
    await window.reads("RunSummaryPanel", /Finished/);
    await window.picture("pytorch-finished-1920-dark");
    expect(await seriousTrouble(window)).toEqual([]);
  });
});
