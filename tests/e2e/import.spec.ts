// A person's own files on their way in: what is asked about them, how they are
// read otherwise, and what becomes of a bad one among good ones.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { By, Key } from "selenium-webdriver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

type Cell = string | number;

/** The rows of a sheet of sales in one of two towns. */
function sales(first: string, second: string): Cell[][] {
  const rows = Array.from({ length: 40 }, (_, i): Cell[] => [i % 3 === 0 ? second : first, i * 2 + 0.25, (i * 7) % 11]);
  return [["town", "turnover", "visits"], ...rows];
}

describe("files on their way in", () => {
  let window: Window;
  const files = mkdtempSync(join(tmpdir(), "retort-files-"));
  const prices = join(files, "prices.csv");
  const book = join(files, "sales.xlsx");
  const broken = join(files, "broken.xlsx");

  beforeAll(async () => {
    // Semicolons and three digits behind every sign: thousands, or a fraction?
    const lines = Array.from({ length: 30 }, (_, i) => `${i % 2 === 0 ? "red" : "blue"};${(i * 5) % 7};${1 + (i % 9)}.${200 + i}`);
    writeFileSync(prices, `colour;stock;price\n${lines.join("\n")}\n`);
    execFileSync("python3", [join(import.meta.dirname, "workbook.py"), book], {
      input: JSON.stringify({ North: sales("Kiel", "Husum"), South: sales("Ulm", "Passau") }),
    });
    writeFileSync(broken, Buffer.from("PK\x03\x04 and no more"));
    window = await Window.open();
    await window.resize(1280, 800);
    await window.reads("DatasetTableAccordion", /Adelie/);
  });

  afterAll(async () => {
    await window.discard();
    rmSync(files, { recursive: true, force: true });
  });

  it("tells three dropped files apart, and says what is wrong with the bad one", async () => {
    await window.drop(prices, book, broken);
    await window.reads("import-status", /2 need a decision, 1 cannot be read/);
    await window.reads("import-dialog", /Import 3 files.*broken\.xlsx.*Cannot be read.*damaged or truncated/s);
    await window.picture("import-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("reads commas as decimal marks when told so, and shows it", async () => {
    await window.file("prices.csv");
    await window.reads("ask-column", /price: Does the sign in "1\.200" part thousands/);
    await window.select("Decimal mark", "Comma");
    await window.gone("ask-column");
    await window.reads("reading-settings", /Chosen by you/);
    await window.tab("Columns (3)");
    await window.reads("import-dialog", /price.*decimal comma, thousands parted by points/s);
    await window.tab("How it is read");
  });

  it("follows to another sheet", async () => {
    await window.file("sales.xlsx");
    await window.reads("reading-preview", /Kiel/);
    await (await window.button("South: 41 × 3")).click();
    await window.gone("ask-sheet");
    await window.reads("reading-preview", /Ulm/);
    await window.select("Sheet", "North");
    await window.reads("reading-preview", /Kiel/);
    await window.select("Sheet", "South");
    await window.reads("reading-preview", /Passau/);
    await window.reads("import-status", /2 ready, 1 cannot be read/);
    await window.picture("import-sheet-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("imports what is ready, and leaves the bad one out", async () => {
    await window.press("import-all");
    await window.reads("import-dialog", /Import broken\.xlsx/);
    await (await window.button("Close")).click();
    await window.gone("import-dialog");
    await window.reads("dataset-facts", /40 rows.*3 columns.*sales\.xlsx · South/);
    await window.reads("DatasetTableAccordion", /Passau/);
    await window.choose("prices");
    await window.reads("dataset-facts", /30 rows.*prices\.csv/);
    await window.reads("DatasetTableAccordion", /colour.*price.*red/s);
  });

  it("takes a clean file in at once, and shows afterwards how it was read", async () => {
    const clean = join(files, "clean.csv");
    writeFileSync(clean, `length,kind\n${Array.from({ length: 30 }, (_, i) => `${i % 7}.5,${"ab".charAt(i % 2)}`).join("\n")}\n`);
    await window.drop(clean);
    await window.reads("imported-note", /clean\.csv was imported: 30 rows × 2 columns/);
    await window.reads("dataset-facts", /clean\.csv/);
    await (await window.button("Review how it was read")).click();
    await window.reads("import-dialog", /How clean\.csv was read.*Comma/s);
    await window.picture("import-review-1280");
    await window.driver.switchTo().activeElement().sendKeys(Key.ESCAPE);
    await window.gone("import-dialog");
    const focused = await window.driver.switchTo().activeElement();
    expect(await focused.getText()).toBe("Review how it was read");
  });

  it("looks right in the dark, and imports nothing on cancel", async () => {
    await window.theme("dark");
    const before = await window.reads("dataset-facts", /clean\.csv/);
    const titled = join(files, "titled.csv");
    const rows = "red;5\nblue;7\n".repeat(6);
    writeFileSync(titled, `Stock of 2024\n\ncolour;stock\n${rows}# counted again\n${rows}Total;144\n`);
    await window.drop(titled, broken);
    await window.reads("import-dialog", /titled\.csv.*left out/s);
    await window.picture("import-dark-1280");
    await window.tab("Left out (3)");
    await window.reads("import-dialog", /Above the table.*Comment.*counted again.*Sums, no row/s);
    await window.picture("import-left-out-dark-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await (await window.button("Cancel")).click();
    await window.gone("import-dialog");
    expect(await window.reads("dataset-facts", /./)).toBe(before);
    expect(await window.driver.findElements(By.css('[data-testid="import-error"]'))).toEqual([]);
  });
});
