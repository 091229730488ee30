// A table with a leak, a key and rows that were recorded twice: what would spoil
// a model is said, answered by clicks, and trained around; and rows are split by
// whose they are.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { By, Key } from "selenium-webdriver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

const ORDERS = 600;
const REPEATS = 40;
const CUSTOMERS = 40;
const COLOURS = ["red", "green", "blue", "white"];

/** Even numbers from 0 to below 1; the same every time. */
function lot(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Orders, of which some come back: mostly those of certain customers. The refund
 * is known only once they have. The last ones were recorded twice, under another
 * number.
 */
function orders(): string {
  const draw = lot(7);
  const rows = Array.from({ length: ORDERS }, (_, i) => {
    const customer = i % CUSTOMERS;
    const isReturned = draw() < (customer % 2 === 0 ? 0.1 : 0.9);
    return [
      `c${String(customer + 1).padStart(2, "0")}`,
      (5 + 90 * draw()).toFixed(2),
      1 + Math.floor(9 * draw()),
      COLOURS[Math.floor(COLOURS.length * draw())],
      isReturned ? (5 + 90 * draw()).toFixed(2) : "0.00",
      isReturned ? "yes" : "no",
    ].join(",");
  });
  const all = [...rows, ...rows.slice(-REPEATS)];
  return [
    "order,customer,price,quantity,colour,refund,returned",
    ...all.map((row, i) => `A-${String(10_001 + i)},${row}`),
    "",
  ].join("\n");
}

describe("the profile of a table", () => {
  let window: Window;
  const files = mkdtempSync(join(tmpdir(), "retort-files-"));
  const file = join(files, "orders.csv");

  beforeAll(async () => {
    writeFileSync(file, orders());
    window = await Window.open();
    await window.resize(1280, 1000);
    await window.reads("DatasetTableAccordion", /Adelie/);
  });

  afterAll(async () => {
    await window.discard();
    rmSync(files, { recursive: true, force: true });
  });

  /** Brings a part of a long form to the middle, clear of what sticks to its end. */
  const show = async (testId: string) => {
    await window.driver.executeScript("arguments[0].scrollIntoView({ block: 'center' })", await window.part(testId));
  };

  it("counts what would spoil a model before anybody looks", async () => {
    await window.drop(file);
    await window.reads("dataset-facts", /640 rows.*orders\.csv/s);
    await window.reads("warning-count", /[2-9] warnings/);
  });

  it("tells the leak, the rows recorded twice and the key, with why", async () => {
    await window.press("tab-columns");
    await window.reads("profile-target", /returned/);
    await window.reads("warning-target_leakage", /refund.*known only after/s);
    await window.reads("warning-duplicate_rows", /40 of 640 rows repeat another/);
    await window.reads("answered-identifier", /order is not learnt from/);
    const table = await window.reads("profile-columns", /customer/);
    expect(table).toMatch(/Association.*Missing.*Distinct.*Skew/s);
    await window.picture("profile-warnings-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("leaves the leak out by one click, and takes that back by another", async () => {
    await window.reads("feature-count", /5 of 6 columns/);
    await window.press("answer-target_leakage");
    await window.reads("answered-target_leakage", /refund is not learnt from/);
    await window.reads("feature-count", /4 of 6 columns/);
    await window.press("undo-target_leakage");
    await window.reads("warning-target_leakage", /refund/);
    await window.reads("feature-count", /5 of 6 columns/);
    await window.press("answer-target_leakage");
    await window.reads("feature-count", /4 of 6 columns/);
  });

  it("drops what was recorded twice", async () => {
    await window.reads("split-train", /4[45]\d rows/);
    await window.press("answer-duplicate_rows");
    await window.reads("answered-duplicate_rows", /only the first is used/);
    await window.reads("split-preview", /40 rows left out/);
    await window.reads("split-train", /4[12]\d rows/);
  });

  it("keeps the rows of a customer in one part, and shows what that comes to", async () => {
    await show("setting-split");
    await (await window.part("setting-split")).sendKeys(Key.ENTER);
    await (await window.option("By group")).click();
    await window.pick("setting-split_column", "customer");
    await window.reads("split-train", /rows.*28 groups/s);
    await window.reads("split-test", /rows.*8 groups/s);
    await window.reads("feature-count", /3 of 6 columns/);
    await show("split-classes-button");
    await window.press("split-classes-button");
    await window.reads("split-classes", /no.*yes|yes.*no/s);
    await window.picture("profile-split-1280");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("says at its field why a column does not split anything", async () => {
    await show("setting-split");
    await (await window.part("setting-split")).sendKeys(Key.ENTER);
    await (await window.option("As a column says")).click();
    await window.pick("setting-split_column", "colour");
    await window.reads("TrainingForm", /which is no part of a split.*Write train, validation or test/s);
    await window.picture("profile-split-refused-1280");
    await (await window.part("setting-split")).sendKeys(Key.ENTER);
    await (await window.option("By group")).click();
    await window.pick("setting-split_column", "customer");
    await window.reads("split-train", /28 groups/);
  });

  it("trains on exactly that, and says so with the run", async () => {
    await window.press("train-button");
    await window.reads("run-status", /Finished/);
    await window.reads("run-split-rule", /by group of customer, without rows that repeat another/);
    await window.reads("run-notes", /no customer is in two parts/);
  });

  it("shows how numbers go together, in the dark", async () => {
    await window.theme("dark");
    await window.press("tab-columns");
    await window.reads("warning-target_leakage", /refund/);
    await window.picture("profile-warnings-1280-dark");
    expect(await window.seriousTrouble()).toEqual([]);
    await window.press("profile-part-correlations");
    await window.reads("profile-correlations", /price.*refund/s);
    await window.picture("profile-correlations-1280-dark");
    expect(await window.seriousTrouble()).toEqual([]);
  });

  it("does not come back with what was dismissed", async () => {
    await window.press("dismiss-duplicate_rows");
    await window.gone("warning-duplicate_rows");
    await window.theme("light");
    await window.press("tab-columns");
    await window.reads("show-dismissed", /1 warning dismissed/);
    expect(await window.driver.findElements(By.css('[data-testid="warning-duplicate_rows"]'))).toEqual([]);
    await window.press("show-dismissed");
    await window.press("restore-warnings");
    await window.reads("warning-duplicate_rows", /40 of 640/);
  });
});
