// The whole way of a distillation in the real window: a fresh dataset, a
// teacher, a student on both platforms, the answer, and the student's files.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerDialog } from "./dialogs";
import { Window } from "./window";

/** Epochs long enough to be seen under way, short enough to be waited for. */
const LONG = "1000";

/** Two rings with a band between them where either may be. */
function rings(): string {
  // A small multiplicative generator, so that the file is the same everywhere.
  let state = 12_345;
  const draw = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const lines = Array.from({ length: 900 }, () => {
    const [x, y] = [4 * draw() - 2, 4 * draw() - 2];
    const distance = Math.hypot(x, y) + 0.3 * (draw() - 0.5);
    const ring = distance < 0.9 ? "inner" : distance < 1.7 ? "middle" : "outer";
    return `${x.toFixed(3)},${y.toFixed(3)},${ring}`;
  });
  return `x,y,ring\n${lines.join("\n")}\n`;
}

describe("a distillation", () => {
  let window: Window;
  const files = mkdtempSync(join(tmpdir(), "retort-files-"));

  beforeAll(async () => {
    writeFileSync(join(files, "rings.csv"), rings());
    window = await Window.open();
    await window.resize(1280, 800);
  });

  afterAll(async () => {
    await window.discard();
    rmSync(files, { recursive: true, force: true });
  });

  it("says on a fresh dataset what to do first", async () => {
    await window.part("DatasetTableCombobox");
    await window.drop(join(files, "rings.csv"));
    await window.reads("dataset-facts", /900 rows/);
    await window.go("/ml/knowledge-distillation");
    await window.part("DistillationForm");
    await window.reads("DistillationPanel", /Choose a teacher/);
    await window.picture("distil-empty-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("learns from a run, and refuses a temperature of 0 where it was typed", async () => {
    await window.go("/ml/pytorch");
    await window.set("hidden_layers", "64, 64");
    await window.set("epochs", "40");
    await window.press("train-button");
    await window.reads("RunSummaryPanel", /Finished/);
    await window.go("/ml/knowledge-distillation");
    await window.reads("teacher-numbers", /parameters/);
    await window.fill("distil-temperature", "0");
    await window.press("distil-button");
    await window.reads("DistillationForm", /above 0/);
    await window.picture("distil-refused-1280");
    await window.fill("distil-temperature", "2");
  });

  it("trains student and control on both platforms and gives the answer in a sentence", async () => {
    await (await window.reveal("distil-platform-both")).click();
    await window.fill("distil-hidden_layers", "6");
    await window.unfold("Smaller still");
    await (await window.reveal("distil-compresses")).click();
    await window.unfold("Optimisation");
    await window.set("epochs", LONG);
    await window.press("distil-button");
    await window.reads("distil-progress", /\d+ of 12 runs ended/);
    await window.picture("distil-running-1280");
    await window.reads("DistillationComparisonPanel", /The student is/);
    await window.reads("distillation-delta", /smaller/);
    await window.reads("delta-int8", /B/);
    await window.reads("figures-latency", /µs/);
    await window.picture("distil-finished-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("opens a row on which student and teacher disagree", async () => {
    await window.reveal("distillation-disagreements");
    await window.press("open-row");
    await window.reads("opened-row", /x.*y.*ring/s);
    await window.picture("distil-disagreements-1280");
  });

  it("searches for a student within a budget", async () => {
    await window.unfold("Search for a student");
    await (await window.reveal("distil-searches")).click();
    await window.fill("distil-shapes", "3, 6, 12, 12-12");
    await window.fill("distil-maxBytes", "1000");
    await window.set("epochs", "20");
    await window.press("distil-button");
    await window.reads("student-picked", /Picked on/);
    await window.reads("distillation-delta", /smaller/);
    await window.reveal("student-search");
    await window.picture("distil-search-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("saves the report and the student's files", async () => {
    await window.press("export-report");
    await answerDialog(window, "Save the report", join(files, "report.html"));
    await window.reads("export-report", /Report saved/);
    expect(readFileSync(join(files, "report.html"), "utf8")).toContain("What distilling changed");
    await window.press("export-student-pytorch");
    await answerDialog(window, "Folder for the files of .*", files);
    await window.reads("export-student-pytorch", /Exported/);
    const kept = readdirSync(files, { recursive: true }).map(String);
    expect(kept.some((name) => name.endsWith("model.pt"))).toBe(true);
  });

  it("looks right wide, narrow and dark", async () => {
    await window.resize(1920, 1080);
    await window.picture("distil-finished-1920");
    await window.theme("dark");
    await window.reads("distillation-delta", /smaller/);
    await window.part("DistillationForm");
    await window.picture("distil-finished-1920-dark");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.resize(900, 800);
    await window.picture("distil-finished-900-dark");
  });
});
