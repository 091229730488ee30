// Runs that do not simply succeed: under way, cancelled, diverged, failed; and
// what a person does to the history.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { By, Key } from "selenium-webdriver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

describe("runs in every state", () => {
  let window: Window;
  const files = mkdtempSync(join(tmpdir(), "retort-files-"));

  beforeAll(async () => {
    window = await Window.open();
    await window.resize(1280, 800);
  });

  afterAll(async () => {
    await window.discard();
    rmSync(files, { recursive: true, force: true });
  });

  it("changes the dataset by keyboard, and with it the form", async () => {
    await window.choose("Concrete strength");
    await window.reads("dataset-facts", /1,030 rows/);
    expect(await (await window.part("target-select")).findElement(By.css("input")).getAttribute("value")).toBe(
      "compressive_strength",
    );
    await window.reads("TrainingForm", /Auto: regression/);
    await window.go("/ml/tensorflow");
    await window.reads("dataset-facts", /1,030 rows/);
    await window.go("/ml/pytorch");
  });

  it("shows a run under way, and cancels it", async () => {
    await window.set("epochs", "200000");
    await window.press("train-button");
    await window.reads("run-progress", /Epoch [\d,]+ of 200,000.*left/s);
    await window.part("loss-chart");
    await window.picture("pytorch-running-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.press("cancel-button");
    await window.reads("RunSummaryPanel", /Cancelled after [\d,]+ epochs/);
    await window.picture("pytorch-cancelled-1280");
  });

  it("tells a diverged run from a failed one, with the epoch", async () => {
    await window.driver.findElement(By.css('[data-testid="setting-optimizer"]')).sendKeys(Key.ENTER);
    await (await window.option("SGD")).click();
    await window.set("epochs", "100");
    await window.set("learning_rate", "1000");
    await window.press("train-button");
    await window.reads("run-status", /Diverged/);
    await window.reads("run-error", /epoch \d+.*learning/is);
    await window.picture("pytorch-diverged-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("imports a dropped file, and says why a run on it failed and what to do", async () => {
    const file = join(files, "one class.csv");
    writeFileSync(file, `size,colour\n${Array.from({ length: 40 }, (_, i) => `${(i * 7) % 11}.5,red`).join("\n")}\n`);
    await window.drop(file);
    await window.reads("dataset-facts", /one class\.csv/);
    await window.pick("target-select", "colour");
    await window.press("train-button");
    await window.reads("TrainingForm", /class|constant|value/i);
    await window.picture("pytorch-one-class-1280");
  });

  it("refuses bad files with a line each, and goes on", async () => {
    const bad: Record<string, string | Buffer> = {
      "empty.csv": "",
      "header only.csv": "a,b\n",
      "binary.csv": Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 131) % 256)),
      "truncated.xlsx": Buffer.from("PK\x03\x04 and no more"),
    };
    for (const [name, content] of Object.entries(bad)) {
      const file = join(files, name);
      writeFileSync(file, content);
      await window.drop(file);
      await window.reads("import-error", new RegExp(`${name.replace(".", "\\.")} was not imported`));
      if (name === "binary.csv") await window.picture("import-error-1280");
      await (await window.button("Dismiss")).click();
      await window.gone("import-error");
    }
    await window.drop(files);
    await window.reads("import-error", /was not imported/);
    await (await window.button("Dismiss")).click();
    await window.choose("Penguins");
    await window.reads("DatasetTableAccordion", /Adelie/);
  });

  it("renames and deletes runs", async () => {
    await window.go("/runs");
    await window.reads("run-history", /Diverged/);
    const rename = await window.driver.findElement(By.css('[data-testid="run-history"] button[aria-label^="Rename run"]'));
    await rename.click();
    await window.driver.switchTo().activeElement().sendKeys("First try", Key.ENTER);
    await window.reads("run-history", /First try/);
    await window.driver.findElement(By.css('button[aria-label="Delete run First try"]')).click();
    await (await window.button("Delete run")).click();
    await window.reads("run-history", /^(?!.*First try)/s);
  });
});
