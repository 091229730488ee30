// The whole way in the real window: a sample is open, both platforms train on
// it, the pages share the dataset, and nothing is lost over a restart.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

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
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("trains on both from the other page, on the same dataset", async () => {
    await window.go("/ml/tensorflow");
    await window.reads("RunSummaryPanel", /No TensorFlow run on this dataset yet/);
    await (await window.part("train-both-button")).click();
    await window.reads("RunSummaryPanel", /Finished/);
    await window.picture("tensorflow-finished-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("says what is wrong with a learning rate of -1, and starts nothing", async () => {
    for (const wrong of ["NaN", "-1"]) {
      await window.set("learning_rate", wrong);
      await window.press("train-button");
      await window.reads("TrainingForm", /above 0/);
      const focused = await window.driver.switchTo().activeElement().getAttribute("data-testid");
      expect(focused).toBe("setting-learning_rate");
    }
    await window.reads("run-status", /Finished/);
    await window.picture("tensorflow-bad-learning-rate");
  });

  it("offers distillation, and lists runs and runtimes", async () => {
    await window.go("/ml/knowledge-distillation");
    await window.part("DistillationForm");
    await window.picture("distillation-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.go("/runs");
    await window.picture("runs-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.go("/settings");
    await window.reads("runtime-pytorch", /2\.13\.0/);
    await window.reads("runtime-tensorflow", /2\.21\.0/);
    await window.picture("settings-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("keeps everything over a restart", async () => {
    await window.close();
    window = await Window.open(window.dataDir);
    await window.resize(1920, 1080);
    await window.go("/ml/pytorch");
    await window.reads("RunSummaryPanel", /Finished/);
    await window.picture("pytorch-finished-1920");
    await window.theme("dark");
    await window.reads("RunSummaryPanel", /Finished/);
    await window.picture("pytorch-finished-1920-dark");
    expect(await window.seriousTrouble()).toEqual([]);
  });
});
