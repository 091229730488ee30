// What is asked about a file, which answer counts, and when nobody need be asked.
import { describe, expect, it } from "vitest";
import { columnReading, doubtful, imported, reading, workbook } from "../test/readings";
import type { AppError, Reading } from "../types";
import {
  asksOf,
  fileAgain,
  fileNameOf,
  isAsBefore,
  isBusy,
  isClean,
  newFile,
  nextStep,
  nextToShow,
  replacedBy,
  stageOf,
  troubleOf,
  usableSheets,
  withDecision,
  withReading,
  withRefusal,
  type ImportFile,
} from "./import-files";

const REFUSAL: AppError = { code: "unreadable_file", message: "it is no table", hint: null };

function understood(of: Reading, changes: Partial<ImportFile> = {}): ImportFile {
  const file = newFile("file-1", "/tables/flowers.csv");
  return { ...withReading(file, file.decisions, of), sheets: of.sheets, ...changes };
}

function unreadable(): ImportFile {
  const file = newFile("file-2", "/tables/noise.bin");
  return withRefusal(file, file.decisions, REFUSAL);
}

describe("a file on its way in", () => {
  it("is named by the end of its path, on any system", () => {
    expect(fileNameOf("/tables/a b.csv")).toBe("a b.csv");
    expect(fileNameOf("C:\\tables\\a b.csv")).toBe("a b.csv");
  });

  it("takes the answer to its newest decision only, and shows the last one meanwhile", () => {
    const first = understood(reading());
    const early = withDecision(first, { options: { decimal: "comma" } });
    const late = withDecision(early, { options: { delimiter: ";" } });
    expect(isBusy(late)).toBe(true);
    expect(stageOf(late)).toBe("reading");
    expect(withReading(late, early.decisions, reading({ n_rows: 7 }))).toBe(late);
    expect(withRefusal(late, early.decisions, REFUSAL)).toBe(late);
    expect(late.understood).toMatchObject({ reading: { n_rows: 30 } });
    const answered = withReading(late, late.decisions, reading({ n_rows: 9 }));
    expect(isBusy(answered)).toBe(false);
    expect(answered.understood).toMatchObject({ reading: { n_rows: 9 } });
    expect(answered.decisions.options).toMatchObject({ decimal: "comma", delimiter: ";" });
  });

  it("keeps its last preview where it cannot be read as decided", () => {
    const decided = withDecision(understood(reading()), { options: { encoding: "utf-9" } });
    const refused = withRefusal(decided, decided.decisions, REFUSAL);
    expect(refused.understood).toMatchObject({ state: "understood", error: REFUSAL });
    expect(stageOf(refused)).toBe("trouble");
    expect(stageOf(withDecision(refused, { options: { encoding: null } }))).toBe("reading");
  });

  it("keeps spellings of no value in sight after they were switched off", () => {
    const missing = (...values: string[]) => [columnReading({ missing: values.map((value) => ({ value, count: 3 })) })];
    const found = understood(reading({ columns: missing("", "NA", "-") }));
    expect(found.spellings).toEqual(["NA", "-"]);
    const decided = withDecision(found, { options: { missing: ["NA"] } });
    expect(withReading(decided, decided.decisions, reading({ columns: missing("NA") })).spellings).toEqual(["NA", "-"]);
  });

  it("forgets the table that was chosen on another sheet", () => {
    const decided = withDecision(understood(reading()), { options: { table: 2, decimal: "comma" } });
    expect(withDecision(decided, { sheet: "2024" }).decisions).toMatchObject({ sheet: "2024", options: { table: null, decimal: "comma" } });
  });
});

describe("what is asked", () => {
  it("is which column is meant how, which table and which sheet, until it is decided", () => {
    expect(asksOf(understood(doubtful())).map(({ about }) => about)).toEqual(["column"]);
    const two = reading({ tables: [1, 40].map((line) => ({ first_line: line, last_line: line + 9, n_columns: 2, n_rows: 9 })) });
    expect(asksOf(understood(two)).map(({ about }) => about)).toEqual(["table"]);
    const chosen = withDecision(understood(two), { options: { table: 1 } });
    expect(asksOf(withReading(chosen, chosen.decisions, two))).toEqual([]);
    const book = workbook("2023", ["2023", "2024"]);
    const sheets = book.sheets.map((sheet) => ({ ...sheet, n_rows: 5, n_columns: 2 }));
    expect(asksOf(understood(book, { sheets })).map(({ about }) => about)).toEqual(["sheet"]);
    const sheet = withDecision(understood(book, { sheets }), { sheet: "2023" });
    expect(asksOf(withReading(sheet, sheet.decisions, book))).toEqual([]);
  });

  it("passes over sheets that are empty, and hidden ones beside others", () => {
    const sheet = (name: string, n_rows: number, hidden = false) => ({ name, n_rows, n_columns: n_rows, hidden });
    expect(usableSheets([sheet("a", 3), sheet("b", 0), sheet("c", 4, true)]).map(({ name }) => name)).toEqual(["a"]);
    expect(usableSheets([sheet("b", 0), sheet("c", 4, true)]).map(({ name }) => name)).toEqual(["c"]);
  });

  it("waits for the sizes of the sheets", () => {
    expect(stageOf(understood(workbook("2023", ["2023", "2024"]), { sheets: null }))).toBe("reading");
  });

  it("says that a table without rows cannot be imported", () => {
    expect(troubleOf(understood(reading({ n_rows: 0 })))).toMatchObject({ message: "flowers.csv holds a table without rows" });
  });
});

describe("files that nobody looks at yet", () => {
  const clean = understood(reading());
  const inPart = understood(reading({ problems: [{ line: 4, reason: "too long" }], n_problems: 1 }));
  const titled = understood(reading({ skipped: [{ first_line: 1, last_line: 2, skipped_as: "preamble", text: "Sales" }] }));
  const asking = understood(doubtful());
  const underWay = newFile("file-3", "/tables/big.csv");

  it("are imported without a word where all are read whole and in one way", () => {
    expect(isClean(clean)).toBe(true);
    expect(nextStep([clean])).toBe("import");
    expect(nextStep([clean, clean])).toBe("import");
    expect(nextStep([clean, underWay])).toBe("wait");
  });

  it.each([
    ["a question", [asking]],
    ["rows that do not fit", [inPart]],
    ["lines left out", [titled]],
    ["a single column", [understood(reading({ columns: [columnReading()] }))]],
    ["a bad file beside a good one", [clean, unreadable()]],
    ["a question while others are still being read", [underWay, asking]],
  ])("are asked about for %s", (_, files) => {
    expect(nextStep(files)).toBe("ask");
  });

  it("are refused where none can be read", () => {
    expect(nextStep([unreadable()])).toBe("refuse");
    expect(nextStep([unreadable(), underWay])).toBe("wait");
    expect(nextStep([])).toBe("refuse");
  });

  it("are shown from the one that needs a decision on", () => {
    const key = (file: ImportFile, name: string) => ({ ...file, key: name });
    expect(nextToShow([key(unreadable(), "bad"), key(clean, "good"), key(asking, "asking")])).toBe("asking");
    expect(nextToShow([key(unreadable(), "bad"), key(clean, "good")])).toBe("good");
    expect(nextToShow([])).toBeNull();
  });
});

describe("a file looked at again", () => {
  const before = {
    key: "file-1",
    path: "/tables/flowers.csv",
    fileName: "flowers.csv",
    dataset: imported("old"),
    decisions: newFile("file-1", "").decisions,
    reading: reading(),
    isNew: true,
  };

  it("is as before until something is decided", () => {
    const again = fileAgain(before);
    expect(stageOf(again)).toBe("ready");
    expect(isAsBefore(again)).toBe(true);
    const decided = withDecision(again, { options: { decimal: "comma" } });
    expect(isAsBefore(decided)).toBe(false);
    expect(isAsBefore(withDecision(decided, { options: { decimal: null } }))).toBe(true);
  });

  it("takes the place of the dataset made of it, unless that was there before or is in use", () => {
    const unused = () => false;
    expect(replacedBy(fileAgain(before), "new", unused)?.id).toBe("id of old");
    expect(replacedBy(fileAgain(before), "id of old", unused)).toBeNull();
    expect(replacedBy(fileAgain(before), "new", () => true)).toBeNull();
    expect(replacedBy(fileAgain({ ...before, isNew: false }), "new", unused)).toBeNull();
    expect(replacedBy(newFile("file-9", "/x.csv"), "new", unused)).toBeNull();
  });
});
