// What the system draws around the page: the file dialog, the cross that
// closes the window.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, it } from "vitest";
import { answerDialog, windowCalled } from "./dialogs";
import { Window } from "./window";

const run = promisify(execFile);

async function askToClose(): Promise<void> {
  await run("python3", [join(import.meta.dirname, "ask-to-close.py"), await windowCalled("Retort")]);
}

describe("around the page", () => {
  let window: Window;

  beforeEach(async () => {
    window = await Window.open();
    await window.resize(1280, 800);
    await window.reads("DatasetTableAccordion", /Adelie/);
  });

  afterEach(async () => {
    await window.discard();
  });

  it("imports a file chosen in the system's dialog", async () => {
    const files = mkdtempSync(join(tmpdir(), "retort-files-"));
    const file = join(files, "chosen.csv");
    writeFileSync(file, `length,kind\n${Array.from({ length: 30 }, (_, i) => `${i % 7}.5,${"ab"[i % 2]}`).join("\n")}\n`);
    await window.press("open-file");
    await answerDialog(window, "Open a table", file);
    await window.reads("dataset-facts", /30 rows.*chosen\.csv/);
    rmSync(files, { recursive: true, force: true });
  });

  it("asks once before it closes on a run, and loses nothing either way", async () => {
    await window.set("epochs", "4000");
    await window.press("train-button");
    await window.reads("run-progress", /Epoch/);
    await askToClose();
    await window.bodyReads(/Training is under way/);
    await window.picture("close-1280");
    await (await window.button("Keep open")).click();
    await window.reads("run-progress", /Epoch/);
    await askToClose();
    // The app may be gone before it has answered the click.
    await (await window.button("Close")).click().catch(() => undefined);
    await window.ended();

    window = await Window.open(window.dataDir);
    await window.reads("RunSummaryPanel", /Finished.*4,000 of 4,000/s);
  });
});
