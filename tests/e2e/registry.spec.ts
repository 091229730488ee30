// A dataset's life: noted and tagged, found again, its file changed and read
// again, written for other programs, and deleted though runs were trained on it.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { By, Key } from "selenium-webdriver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerDialog } from "./dialogs";
import { Window } from "./window";

const run = promisify(execFile);

function prices(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => `${i % 2 === 0 ? "red" : "blue"},${(i * 5) % 7},${(i * 37) % 11}.5`);
  return `colour,stock,price\r\n${lines.join("\r\n")}\r\n`;
}

describe("the registry of datasets", () => {
  let window: Window;
  const files = mkdtempSync(join(tmpdir(), "retort-files-"));
  const file = join(files, "prices.csv");

  const retort = async (...words: string[]) => {
    const cli = process.env.RETORT_CLI;
    if (!cli) throw new Error("RETORT_CLI is not set; run the suites with `npm run e2e`");
    return run(cli, ["--data-dir", window.dataDir, ...words]);
  };

  beforeAll(async () => {
    writeFileSync(file, prices(40));
    window = await Window.open();
    await window.resize(1280, 800);
    await window.reads("DatasetTableAccordion", /Adelie/);
    await window.drop(file);
    await window.reads("imported-note", /prices\.csv was imported/);
    await (await window.button("Dismiss")).click();
  });

  afterAll(async () => {
    await window.discard();
    rmSync(files, { recursive: true, force: true });
  });

  it("keeps notes and tags, and finds a dataset by them", async () => {
    await window.press("about-dataset");
    await window.reads("dataset-origin", /prices\.csv.*not changed since/s);
    await window.reads("dataset-disk", /kB/);
    await window.fill("add-tag", "spring");
    await window.keys(Key.ENTER);
    await window.reads("dataset-tags", /spring/);
    await window.fill("dataset-notes", "From the counter in Husum");
    await window.picture("registry-about-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.keys(Key.ESCAPE);
    await window.gone("dataset-dialog");
    await window.reads("dataset-facts", /spring/);
    const shown = async (text: string) => {
      const input = await (await window.part("DatasetTableCombobox")).findElement(By.css("input"));
      await input.sendKeys(text);
      await window.option("prices");
      const options = `return [...document.querySelectorAll('[role="option"]')].map((option) => option.textContent)`;
      const found = await window.until<string[]>(options, (texts) => texts.length === 2, `${text} finds more`);
      if (text === "husum") await window.picture("registry-found-1280");
      await input.sendKeys(Key.ESCAPE);
      return found[0];
    };
    expect(await shown("spring")).toMatch(/^pricesspring40 × 3/);
    expect(await shown("husum")).toMatch(/^prices/);
  });

  it("notices that the file has changed, and reads it again when told so", async () => {
    writeFileSync(file, prices(50));
    await window.driver.executeScript(`window.dispatchEvent(new Event("focus"))`);
    await window.reads("source-changed", /prices\.csv has changed since it was read.*version 2/s);
    await window.reads("dataset-facts", /40 rows/);
    await window.picture("registry-changed-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.press("refresh-from-file");
    await window.reads("refresh-news", /version 2 has 50 rows × 3 columns, version 1 had 40 rows/);
    await window.gone("source-changed");
    await window.reads("dataset-facts", /50 rows.*version 2.*spring/);
    await (await window.button("Show version 1")).click();
    await window.reads("dataset-facts", /40 rows.*version 1, an older one/);
    await window.press("about-dataset");
    await window.reads("dataset-dialog", /Versions of the file.*Version 2.*50 rows.*Version 1.*shown/s);
    await window.resize(900, 700);
    await window.picture("registry-versions-900");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.clickOn('[data-testid="dataset-dialog"] button[aria-label="Show prices"]');
    await window.gone("dataset-dialog");
    await window.reads("dataset-facts", /50 rows/);
    await window.resize(1280, 800);
  });

  it("writes the table for other programs", async () => {
    const out = mkdtempSync(join(files, "out-"));
    await window.press("export-dataset");
    await window.part("export-csv");
    await window.picture("registry-export-1280");
    await window.press("export-csv");
    await answerDialog(window, "Export prices", join(out, "out.csv"));
    await window.reads("export-done", /prices was written to out\.csv/);
    expect(readFileSync(join(out, "out.csv"), "utf8")).toBe(prices(50));
    await window.press("export-dataset");
    await window.press("export-xlsx");
    await answerDialog(window, "Export prices", join(out, "out.xlsx"));
    await window.reads("export-done", /out\.xlsx/);
    const { stdout } = await retort("dataset", "add", join(out, "out.xlsx"), "--dry-run", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ n_rows: 50, sheet: "prices", columns: [{ name: "colour" }, { name: "stock" }, { name: "price" }] });
    expect(readdirSync(out).sort()).toEqual(["out.csv", "out.xlsx"]);
    // Never onto the file that was imported.
    await window.press("export-dataset");
    await window.press("export-csv_typed");
    await answerDialog(window, "Export prices", file);
    await window.reads("export-trouble", /was read from this file/);
    await window.picture("registry-refused-1280");
    expect(readFileSync(file, "utf8")).toBe(prices(50));
    await (await window.button("Dismiss")).click();
  });

  it("asks before it deletes what runs depend on, and keeps their figures", async () => {
    await retort("train", "prices", "--target", "price", "--platform", "pytorch", "--set", "epochs=2");
    await window.reads("RunSummaryPanel", /Finished/);
    await window.press("delete-dataset");
    await window.reads("delete-uses", /1 run on it keeps its figures/);
    await window.theme("dark");
    await window.press("delete-dataset");
    await window.reads("delete-uses", /1 run/);
    await window.picture("registry-delete-dark-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await (await window.button("Delete dataset")).click();
    await window.reads("dataset-facts", /(?!.*50 rows)/);
    await window.go("/runs");
    await window.bodyReads(/prices/);
  });
});
