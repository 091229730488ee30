// The table in the real window, on a sample of 53,940 rows: sorted, filtered in
// its heads, searched, gone through to its last row and copied; and target and
// roles set where the columns are looked at.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Key } from "selenium-webdriver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

const [names = [], ...rows] = readFileSync(join(import.meta.dirname, "../../data/diamonds.csv"), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(","));
const place = (name: string) => names.indexOf(name);
const valuesOf = (name: string) => rows.map((row) => row[place(name)] ?? "");
const count = (n: number) => n.toLocaleString("en");

const cellAt = (row: number, name: string) => `[data-cell="${row}:${place(name)}"]`;
const CHOSEN = "return document.activeElement.dataset.cell ?? ''";

describe("the table", () => {
  let window: Window;

  beforeAll(async () => {
    window = await Window.open();
    await window.resize(1280, 800);
    await window.choose("Diamonds");
    await window.reads("table-count", /53,940 rows/);
  });

  afterAll(async () => {
    await window.discard();
  });

  /** Waits until a cell shows this, as a text or as a number. */
  const shows = async (selector: string, wanted: string) => {
    await window.until<string | null>(
      `return document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`,
      (text) => text !== null && (text === wanted || (text !== "" && Number(text) === Number(wanted))),
      `${selector} never showed ${wanted}`,
    );
  };

  it("shows rows and what each column holds", async () => {
    await shows(cellAt(0, "cut"), "Ideal");
    await window.element('[data-histogram="carat"]');
    await window.element('[data-column="cut"] [data-value="Ideal"]');
    await window.picture("table-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("sorts by a head, and by another beside it", async () => {
    const prices = valuesOf("price").map(Number);
    await window.clickOn('[data-column="price"] button');
    await shows(cellAt(0, "price"), String(Math.min(...prices)));
    await window.clickOn('[data-column="price"] button');
    await shows(cellAt(0, "price"), String(Math.max(...prices)));
    const fair = rows.filter((row) => row[place("cut")] === "Fair").map((row) => Number(row[place("price")]));
    await window.clickOn('[data-column="cut"] button');
    await shows(cellAt(0, "cut"), "Fair");
    const price = await window.element('[data-column="price"] button');
    await window.driver.actions().keyDown(Key.SHIFT).click(price).keyUp(Key.SHIFT).perform();
    await shows(cellAt(0, "price"), String(Math.min(...fair)));
    await window.element('[data-column="cut"] [data-sort-rank="1"]');
    await window.element('[data-column="price"] [data-sort-rank="2"]');
    await window.picture("table-sorted-1280");
    // Down alone, then not at all.
    await window.clickOn('[data-column="price"] button');
    await window.clickOn('[data-column="price"] button');
    await shows(cellAt(0, "price"), rows[0]?.[place("price")] ?? "");
  });

  it("filters by a range drawn over a histogram, and shows it in the head and above the table", async () => {
    await window.draw('[data-histogram="carat"]', 0.3, 0.6);
    await window.reads("table-filters", /carat [\d.]+ to below [\d.]+/);
    const text = await window.reads("table-count", /[\d,]+ of 53,940 rows/);
    expect(Number(text.split(" ")[0]?.replaceAll(",", ""))).toBeLessThan(rows.length);
    await window.picture("table-filtered-1280");
    await window.clickOn('[aria-label^="Remove filter: carat"]');
    await window.reads("table-count", /^53,940 rows/);
  });

  it("filters by a frequent value and by what is said in the column's menu", async () => {
    const ideal = valuesOf("cut").filter((cut) => cut === "Ideal").length;
    await window.clickOn('[data-column="cut"] [data-value="Ideal"]');
    await window.reads("table-count", new RegExp(`^${count(ideal)} of 53,940 rows`));
    await window.clickOn('[data-menu="price"]');
    await window.part("column-menu");
    await window.fill("filter-from", "15000");
    await window.press("filter-apply");
    const both = rows.filter((row) => row[place("cut")] === "Ideal" && Number(row[place("price")]) >= 15000).length;
    await window.reads("table-count", new RegExp(`^${count(both)} of 53,940 rows`));
    await window.picture("table-menu-1280");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.keys(Key.ESCAPE);
    await window.gone("column-menu");
  });

  it("says that nothing matches, and lets go of all filters", async () => {
    await window.clickOn('[data-menu="price"]');
    await window.part("column-menu");
    await window.fill("filter-from", "99999");
    await window.press("filter-apply");
    await window.reads("dataset-rows", /No row matches the filters/);
    await window.keys(Key.ESCAPE);
    await window.picture("table-empty-1280");
    await (await window.button("Clear all filters")).click();
    await window.reads("table-count", /^53,940 rows/);
  });

  it("goes to its last row by keys, and to any row by its number", async () => {
    await window.clickOn(cellAt(0, "carat"));
    await window.keys(Key.chord(Key.CONTROL, Key.END));
    await window.until<string>(CHOSEN, (cell) => cell === `${rows.length - 1}:${names.length - 1}`, "the last cell is not reached");
    await shows(cellAt(rows.length - 1, "z"), rows.at(-1)?.[place("z")] ?? "");
    await window.picture("table-last-row-1280");
    await window.keys(Key.chord(Key.CONTROL, "g"));
    await window.fill("go-to-row-number", "30000");
    await window.keys(Key.ENTER);
    await window.until<string>(CHOSEN, (cell) => cell.startsWith("29999:"), "row 30,000 is not reached");
    await window.keys(Key.chord(Key.CONTROL, Key.HOME));
    await window.until<string>(CHOSEN, (cell) => cell === "0:0", "the first cell is not reached");
  });

  it("finds a text, the next one and the one before", async () => {
    const hits = rows.flatMap((row, index) => (row.includes("VVS1") ? [index + 1] : []));
    await window.keys(Key.chord(Key.CONTROL, "f"));
    await window.fill("table-find", "vvs1");
    await window.reads("table-find-outcome", new RegExp(`Row ${count(hits[0] ?? 0)}, clarity`));
    await window.element("mark");
    await window.keys(Key.ENTER);
    await window.reads("table-find-outcome", new RegExp(`Row ${count(hits[1] ?? 0)}, clarity`));
    await window.picture("table-find-1280");
    await window.keys(Key.chord(Key.SHIFT, Key.ENTER));
    await window.reads("table-find-outcome", new RegExp(`Row ${count(hits[0] ?? 0)}, clarity`));
    await window.fill("table-find", "no such text");
    await window.reads("table-find-outcome", /Not found/);
  });

  it("copies what is selected", async () => {
    await window.press("go-to-row-button");
    await window.fill("go-to-row-number", "1");
    await window.keys(Key.ENTER);
    await window.clickOn(cellAt(0, "carat"));
    await window.keys(Key.chord(Key.SHIFT, Key.ARROW_RIGHT));
    await window.reads("table-selection", /1 row × 2 columns selected/);
    await window.keys(Key.chord(Key.CONTROL, "c"));
    await window.keys(Key.ESCAPE);
    await window.reads("table-selection", /Copied 2 cells/);
    await window.fill("table-find", "");
    await window.keys(Key.chord(Key.CONTROL, "v"));
    await window.until<string>(
      `return document.querySelector('[data-testid="table-find"]').value`,
      (text) => text.startsWith(`${rows[0]?.[place("carat")] ?? ""}\t${rows[0]?.[place("cut")] ?? ""}`),
      "what was copied cannot be pasted",
    );
    await window.fill("table-find", "");
  });

  it("takes target and roles in the heads over to the form, and keeps them over a restart", async () => {
    await window.clickOn('[data-menu="carat"]');
    await window.press("role-target");
    await window.until<string>(
      `return document.querySelector('[data-testid="target-select"] input')?.value ?? ""`,
      (target) => target === "carat",
      "the form does not take the target",
    );
    await window.keys(Key.ESCAPE);
    await window.gone("column-menu");
    const before = await window.reads("feature-count", /9 of 9 columns/);
    expect(before).not.toBe("");
    await window.clickOn('[data-menu="x"]');
    await window.press("role-excluded");
    await window.reads("feature-count", /8 of 9 columns/);
    await window.keys(Key.ESCAPE);
    await window.gone("column-menu");
    await window.close();
    window = await Window.open(window.dataDir);
    await window.resize(1280, 800);
    await window.reads("table-count", /53,940 rows/);
    const headReads = (name: string, pattern: RegExp) =>
      window.until<string>(
        `return document.querySelector('[data-column="${name}"]')?.textContent ?? ""`,
        (text) => pattern.test(text),
        `the head of ${name} never read ${String(pattern)}`,
      );
    await headReads("carat", /target/);
    await headReads("x", /excluded: left out by hand/);
    await window.reads("feature-count", /8 of 9 columns/);
  });

  it("looks right narrow and in the dark", async () => {
    await window.resize(900, 800);
    await window.element('[data-histogram="carat"]');
    await window.picture("table-900");
    await window.theme("dark");
    await window.reads("table-count", /53,940 rows/);
    await window.clickOn('[data-column="cut"] [data-value="Premium"]');
    await window.reads("table-filters", /cut is Premium/);
    await window.picture("table-900-dark");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.resize(1280, 800);
    await window.clickOn('[data-menu="cut"]');
    await window.part("column-menu");
    await window.picture("table-menu-1280-dark");
    expect(await window.seriousTrouble()).toEqual([]);
  });
});
