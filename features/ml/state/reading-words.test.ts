// A reading in words, and the report of what does not fit.
import { describe, expect, it } from "vitest";
import { columnReading, doubtful, reading, workbook } from "../test/readings";
import { decisionOf, evidenceOf, factsOf, foundName, missingCounts, reportOf, sheetName, takes } from "./reading-words";

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

describe("the report", () => {
  it("lists what was left out and what does not fit as CSV, and counts the rest", () => {
    const report = reportOf(
      reading({
        skipped: [{ first_line: 1, last_line: 2, skipped_as: "preamble", text: 'Sales, "all"' }],
        problems: [{ line: 7, reason: "3 cells where 2 fit" }],
        n_problems: 5,
      }),
    );
    expect(report.split("\r\n")).toEqual([
      "first line,last line,what",
      '1,2,"left out: Above the table: Sales, ""all"""',
      "7,7,3 cells where 2 fit",
      ",,4 more rows that do not fit",
      "",
    ]);
  });
});
