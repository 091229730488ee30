// A reading in words, and the report of what does not fit.
import { describe, expect, it } from "vitest";
import { columnReading, doubtful, reading, workbook } from "../test/readings";
import { decisionOf, decisionsInWords, evidenceOf, factsOf, foundName, missingCounts, sheetName, takes } from "./reading-words";

describe("a reading in words", () => {
  it("names what was found, and what speaks for it", () => {
    expect(factsOf(reading()).join(" · ")).toBe("30 rows × 2 columns · Text · UTF-8 · Lines end with LF");
    expect(foundName(doubtful(), "delimiter")).toMatch(/^Semicolon/);
    expect(foundName(reading({ header_lines: [] }), "header_rows")).toBe("None");
    expect(evidenceOf(reading({ header_lines: [3, 4] }), "header_rows")).toBe("Names in lines 3 to 4");
    expect(evidenceOf(reading(), "decimal")).toBe('length: every cell reads so, such as "1.5"');
    expect(evidenceOf(reading(), "date_order")).toBe("The file holds no dates");
  });

  it("offers only what a file of its kind takes", () => {
    const book = workbook("a", ["a", "b"]);
    expect(takes(book, "delimiter")).toBe(false);
    expect(takes(book, "header_rows")).toBe(true);
    expect(takes(reading({ format: "parquet" }), "decimal")).toBe(false);
    expect(takes(reading(), "table")).toBe(false);
  });

  it("marks hidden sheets and leaves out sizes that are not known", () => {
    expect(sheetName({ name: "Notes", n_rows: 4, n_columns: 2, hidden: true })).toBe("Notes: 4 × 2 (hidden)");
    expect(sheetName({ name: "Notes", n_rows: 0, n_columns: 0, hidden: false })).toBe("Notes");
  });

  it("counts spellings of no value over all columns", () => {
    const columns = [
      columnReading({ missing: [{ value: "NA", count: 2 }, { value: "", count: 1 }, { value: "-", count: 0 }] }),
      columnReading({ missing: [{ value: "", count: 7 }] }),
    ];
    expect([...missingCounts(reading({ columns }))]).toEqual([
      ["", 8],
      ["NA", 2],
    ]);
  });

  it.each([
    ["decimal point: 1.234", { decimal: "point" }],
    ["decimal comma, thousands parted by points: 1234", { decimal: "comma" }],
    ["day, month, year: 2007-02-01", { date_order: "day_month_year" }],
    ["month, day, year: 2007-01-02", { date_order: "month_day_year" }],
    ["something else", null],
  ])("knows what the answer %j comes to", (offered, decision) => {
    expect(decisionOf(offered)).toEqual(decision);
  });
});

describe("what a person decided", () => {
  it("is said in words, and what was found is not", () => {
    const nothing = decisionsInWords({ delimiter: null, missing: null });
    expect(nothing).toEqual([]);
    expect(decisionsInWords({ delimiter: "\\t", quote: "", decimal: "comma", header_rows: 0, missing: ["NA", "?"], table: 2 })).toEqual([
      "delimiter: Tab",
      "quotes: None",
      "header: None",
      "decimal mark: Comma: 3,14",
      "missing: NA, ?",
      "table 2 of the file",
    ]);
  });
});
