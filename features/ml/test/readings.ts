/** What the core would understand of files. */
import type { ColumnReading, Dataset, Reading } from "../types";
import { dataset } from "./examples";

export function columnReading(changes: Partial<ColumnReading> = {}): ColumnReading {
  return {
    name: "length",
    kind: "numeric",
    rule: "numbers: decimal point",
    evidence: 'every cell reads so, such as "1.5"',
    question: null,
    missing: [],
    ...changes,
  };
}

/** A text file that is read whole and in one way only. */
export function reading(changes: Partial<Reading> = {}): Reading {
  return {
    format: "text",
    packing: null,
    encoding: "UTF-8",
    dialect: { delimiter: ",", quote: '"', escape: "doubled", line_end: "lf" },
    decimal: "point",
    evidence: ["100 % of the rows looked at have 2 cells", "the first row holds names"],
    header_lines: [1],
    skipped: [],
    blank_rows: 0,
    tables: [{ first_line: 1, last_line: 31, n_columns: 2, n_rows: 30 }],
    table: 1,
    sheets: [],
    sheet: null,
    columns: [columnReading(), columnReading({ name: "kind", kind: "category", rule: "text", evidence: "no cell is a number" })],
    n_rows: 30,
    preview: [
      ["1.5", "a"],
      ["2.5", "b"],
    ],
    problems: [],
    n_problems: 0,
    ...changes,
  };
}

/** A file whose numbers can be read in two ways. */
export function doubtful(changes: Partial<Reading> = {}): Reading {
  return reading({
    dialect: { delimiter: ";", quote: '"', escape: "doubled", line_end: "cr_lf" },
    columns: [
      columnReading({
        name: "price",
        question: {
          question: 'Does the sign in "1.234" part thousands or start the fraction?',
          chosen: "decimal comma, thousands parted by points: 1234",
          other: "decimal point: 1.234",
        },
      }),
    ],
    preview: [["1.234"], ["2.345"]],
    ...changes,
  });
}

/** A workbook of which one sheet is read. */
export function workbook(sheet: string, names: readonly string[]): Reading {
  return reading({
    format: "workbook",
    encoding: null,
    dialect: null,
    sheet,
    sheets: names.map((name) => ({ name, n_rows: name === sheet ? 31 : 0, n_columns: name === sheet ? 2 : 0, hidden: false })),
    preview: [[`first of ${sheet}`, "a"]],
  });
}

export function imported(path: string, changes: Partial<Dataset> = {}): Dataset {
  return { ...dataset, id: `id of ${path}`, name: path, source_file: path, n_rows: 30, ...changes };
}
