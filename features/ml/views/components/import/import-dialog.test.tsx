// Files dropped on the window: what is imported without a word, what is asked,
// and that nothing comes in that was not meant to.
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { useIsAsking } from "../../../hooks/use-imports";
import { takeFiles } from "../../../orchestrators/imports";
import { NOTHING_KNOWN } from "../../../state/job-events";
import { useDatasetsStore } from "../../../state/zustand/datasets-store";
import { NO_IMPORTS, useImportsStore } from "../../../state/zustand/imports-store";
import { useJobsStore } from "../../../state/zustand/jobs-store";
import { usePreferencesStore } from "../../../state/zustand/preferences-store";
import { job } from "../../../test/examples";
import { columnReading, doubtful, imported, reading, workbook } from "../../../test/readings";
import type { Dataset, Reading, ReadingOptions } from "../../../types";
import { ImportDialog } from "./import-dialog";
import { ImportNotes } from "./import-notes";

type Answer = (options: ReadingOptions, sheet: string | null) => Reading | Promise<Reading>;

/** The core: answers by path, and keeps what is imported. */
function core(answers: Record<string, Answer>) {
  const kept: Dataset[] = [];
  const calls: { path: string; sheet: string | null; options: ReadingOptions }[] = [];
  const imports: typeof calls = [];
  vi.spyOn(api.datasets, "understand").mockImplementation(async (path, sheet, options) => {
    calls.push({ path, sheet, options });
    const answer = answers[path];
    if (answer === undefined) throw new api.CoreError({ code: "unreadable_file", message: "it is no table", hint: null });
    return answer(options, sheet);
  });
  vi.spyOn(api.datasets, "glance").mockResolvedValue(null);
  vi.spyOn(api.datasets, "sheets").mockImplementation((path) =>
    Promise.resolve((path.endsWith(".xlsx") ? ["2023", "2024"] : []).map((name) => ({ name, n_rows: 40, n_columns: 2, hidden: false }))),
  );
  vi.spyOn(api.datasets, "list").mockImplementation(() => Promise.resolve([...kept]));
  vi.spyOn(api.datasets, "import").mockImplementation((path, _, sheet, options) => {
    imports.push({ path, sheet, options });
    const dataset = imported(path, { id: `${path} ${String(sheet)} ${JSON.stringify(options)}`, name: `${path} ${imports.length}` });
    if (!kept.some(({ id }) => id === dataset.id)) kept.push(dataset);
    return Promise.resolve(dataset);
  });
  vi.spyOn(api.datasets, "delete").mockImplementation((id) => {
    kept.splice(kept.findIndex((one) => one.id === id), 1);
    return Promise.resolve(null);
  });
  vi.spyOn(api.datasets, "rename").mockImplementation((id, name) => {
    const at = kept.findIndex((one) => one.id === id);
    const [dataset] = kept.slice(at);
    if (dataset !== undefined) kept.splice(at, 1, { ...dataset, name });
    return Promise.resolve(null);
  });
  return { kept, calls, imports };
}

function Window() {
  const isAsking = useIsAsking();
  return (
    <>
      <button type="button">elsewhere</button>
      <ImportNotes />
      {isAsking ? <ImportDialog /> : null}
    </>
  );
}

const drop = (...paths: string[]) => {
  act(() => {
    takeFiles(paths);
  });
};
const press = (name: string | RegExp) => userEvent.click(screen.getByRole("button", { name }));
const choose = async (label: string, option: string | RegExp) => {
  await userEvent.click(screen.getByRole("combobox", { name: label }));
  await userEvent.click(await screen.findByRole("option", { name: option }));
};
const preview = () => screen.getByTestId("reading-preview");
const gone = () =>
  waitFor(() => {
    expect(screen.queryByTestId("import-dialog")).toBeNull();
  });

describe("files dropped on the window", { timeout: 30_000 }, () => {
  beforeEach(() => {
    useImportsStore.setState(NO_IMPORTS);
    useDatasetsStore.setState({ registry: { state: "ready", value: [] }, troubles: {} });
    useJobsStore.setState({ known: NOTHING_KNOWN });
    usePreferencesStore.setState({ dataset: null });
  });

  it("becomes a dataset without a question where it is clean, and can be looked at afterwards", async () => {
    const { imports, kept } = core({ "clean.csv": () => reading() });
    render(<Window />);
    drop("clean.csv");
    expect(await screen.findByTestId("imported-note")).toHaveTextContent("clean.csv was imported: 30 rows × 4 columns");
    expect(screen.queryByTestId("import-dialog")).toBeNull();
    expect(imports).toHaveLength(1);
    expect(usePreferencesStore.getState().dataset).toBe(kept[0]?.id);

    await press("Review how it was read");
    const dialog = await screen.findByRole("dialog", { name: "How clean.csv was read" });
    expect(within(dialog).getByTestId("import-one")).toBeDisabled();
    await userEvent.keyboard("{Escape}");
    await gone();
    expect(imports).toHaveLength(1);
    expect(screen.getByRole("button", { name: "Review how it was read" })).toHaveFocus();
  });

  it("makes one dataset of a file that is read anew, unless something was trained on the first", async () => {
    const { kept } = core({ "clean.csv": () => reading() });
    render(<Window />);
    drop("clean.csv");
    await screen.findByTestId("imported-note");
    const [first] = kept;
    await press("Review how it was read");
    await choose("Decimal mark", /^Comma/);
    await waitFor(() => {
      expect(screen.getByTestId("import-one")).toBeEnabled();
    });
    await press("Import again");
    await gone();
    expect(kept.map(({ name }) => name)).toEqual([first?.name]);
    expect(kept[0]?.id).not.toBe(first?.id);

    useImportsStore.setState(NO_IMPORTS);
    drop("clean.csv");
    await screen.findByTestId("imported-note");
    const used = kept.find(({ id }) => id === usePreferencesStore.getState().dataset);
    useJobsStore.setState({
      known: { ...NOTHING_KNOWN, jobs: { "job-1": job({ spec: { ...job().spec, dataset: used?.id ?? "" } as never }) } },
    });
    await press("Review how it was read");
    await choose("Decimal mark", /^Point/);
    await waitFor(() => {
      expect(screen.getByTestId("import-one")).toBeEnabled();
    });
    await press("Import again");
    await gone();
    expect(kept.map(({ id }) => id)).toContain(used?.id);
  });

  it("shows what was understood, and the answer to a question is one press", async () => {
    const { calls, imports } = core({
      "prices.csv": ({ decimal }) =>
        decimal === null ? doubtful() : reading({ decimal, columns: [columnReading({ name: "price" })], preview: [["as decided"]] }),
    });
    render(<Window />);
    drop("prices.csv");
    await screen.findByRole("dialog", { name: "Import prices.csv" });
    expect(preview()).toHaveTextContent(/price.*1\.234.*2\.345/);
    expect(screen.getByTestId("import-status")).toHaveTextContent("1 needs a decision");
    expect(screen.getByRole("combobox", { name: "Delimiter" })).toHaveTextContent("Found: Semicolon");
    expect(screen.getByRole("button", { name: "Import as assumed" })).toBeEnabled();

    await press("Change to decimal point: 1.234");
    await waitFor(() => {
      expect(preview()).toHaveTextContent("as decided");
    });
    expect(screen.queryByTestId("ask-column")).toBeNull();
    expect(screen.getByRole("combobox", { name: "Decimal mark" })).toHaveTextContent("Point");
    expect(screen.getAllByText("Chosen by you")).toHaveLength(1);
    expect(calls.at(-1)?.options).toMatchObject({ decimal: "point", delimiter: null });

    await press("Import");
    await gone();
    expect(imports).toMatchObject([{ path: "prices.csv", options: { decimal: "point" } }]);
  });

  it("shows the answer to the newest choice, whichever comes last", async () => {
    const waiting: ((answer: Reading) => void)[] = [];
    core({
      "slow.csv": ({ encoding }) =>
        encoding === null ? doubtful() : new Promise((resolve) => waiting.push(resolve)),
    });
    render(<Window />);
    drop("slow.csv");
    await screen.findByTestId("import-dialog");
    await choose("Encoding", /Windows-1250/);
    await waitFor(() => {
      expect(waiting).toHaveLength(1);
    });
    await choose("Encoding", /Cyrillic: Windows-1251/);
    // What was shown stays, and is said to be old.
    expect(preview()).toHaveTextContent("1.234");
    expect(preview()).toHaveAttribute("aria-busy", "true");
    expect(screen.getByText("Reading again…")).toBeInTheDocument();
    expect(screen.getByTestId("import-one")).toBeDisabled();
    await act(async () => {
      waiting[0]?.(reading({ preview: [["of the first choice"]] }));
      await Promise.resolve();
    });
    await waitFor(() => {
      expect(waiting).toHaveLength(2);
    });
    expect(preview()).toHaveTextContent("1.234");
    await act(async () => {
      waiting[1]?.(reading({ preview: [["of the second choice"]] }));
      await Promise.resolve();
    });
    expect(preview()).toHaveTextContent("of the second choice");
    expect(preview()).toHaveAttribute("aria-busy", "false");
  });

  it("sorts good files from bad ones, says why, and imports what is ready", async () => {
    const { imports } = core({
      "clean.csv": () => reading(),
      "book.xlsx": (_, sheet) => workbook(sheet ?? "2023", ["2023", "2024"]),
    });
    render(<Window />);
    drop("clean.csv", "noise.bin", "book.xlsx");
    await screen.findByRole("dialog", { name: "Import 3 files" });
    await waitFor(() => {
      expect(screen.getByTestId("import-status")).toHaveTextContent("1 ready, 1 needs a decision, 1 cannot be read");
    });
    expect(screen.getByRole("tab", { name: /noise\.bin.*Cannot be read.*it is no table/ })).toBeInTheDocument();
    await userEvent.click(screen.getByRole("tab", { name: /noise\.bin/ }));
    expect(screen.getByTestId("file-trouble")).toHaveTextContent("noise.bin cannot be read like this: it is no table");
    expect(screen.getByTestId("import-one")).toBeDisabled();

    await userEvent.keyboard("{ArrowDown}");
    const ask = await screen.findByTestId("ask-sheet");
    await userEvent.click(within(ask).getByRole("button", { name: "2024: 40 × 2" }));
    await waitFor(() => {
      expect(preview()).toHaveTextContent("first of 2024");
    });
    expect(screen.queryByTestId("ask-sheet")).toBeNull();
    expect(screen.getByRole("combobox", { name: "Sheet" })).toHaveTextContent("2024: 40 × 2");

    await press("Import 2 ready files");
    await waitFor(() => {
      expect(imports.map(({ path, sheet }) => [path, sheet])).toEqual([
        ["clean.csv", null],
        ["book.xlsx", "2024"],
      ]);
    });
    expect(await screen.findByRole("dialog", { name: "Import noise.bin" })).toBeInTheDocument();
    await press("Close");
    await gone();
  });

  it("imports nothing on cancel, and gives the focus back", async () => {
    const { imports } = core({ "prices.csv": () => doubtful(), "clean.csv": () => reading() });
    render(<Window />);
    screen.getByRole("button", { name: "elsewhere" }).focus();
    drop("prices.csv", "clean.csv");
    await screen.findByTestId("import-dialog");
    await press("Cancel");
    await gone();
    expect(imports).toEqual([]);
    expect(useImportsStore.getState().files).toEqual([]);
    await waitFor(() => {
      expect(screen.getByRole("button", { name: "elsewhere" })).toHaveFocus();
    });
  });

  it("leaves out a file that is skipped, and shows the next", async () => {
    const { imports } = core({ "prices.csv": () => doubtful(), "clean.csv": () => reading() });
    render(<Window />);
    drop("prices.csv", "clean.csv");
    await screen.findByTestId("import-dialog");
    await press("Skip");
    const dialog = await screen.findByRole("dialog", { name: "Import clean.csv" });
    await waitFor(() => {
      expect(dialog).toContainElement(document.activeElement as HTMLElement);
    });
    await press("Import");
    await gone();
    expect(imports.map(({ path }) => path)).toEqual(["clean.csv"]);
  });

  it("says on the page why a single file was not imported, and lets a person say how to read it", async () => {
    core({});
    render(<Window />);
    drop("noise.bin");
    expect(await screen.findByTestId("import-error")).toHaveTextContent("noise.bin was not imported: it is no table");
    await press("Choose how to read it…");
    await screen.findByRole("dialog", { name: "Import noise.bin" });
    expect(screen.getByRole("combobox", { name: "Encoding" })).toHaveTextContent("As found in the file");
    await press("Close");
    await gone();
    expect(screen.queryByTestId("import-error")).toBeNull();
  });

  it("shows why an import failed, keeps the file, and tries again when told so", async () => {
    const { imports } = core({ "prices.csv": () => doubtful() });
    vi.mocked(api.datasets.import).mockRejectedValueOnce(new api.CoreError({ code: "storage", message: "the disk is full", hint: null }));
    render(<Window />);
    drop("prices.csv");
    await screen.findByTestId("import-dialog");
    await press("Import as assumed");
    expect(await screen.findByTestId("file-trouble")).toHaveTextContent("prices.csv was not imported: the disk is full");
    await press("Try again");
    await gone();
    expect(imports).toHaveLength(1);
  });

  it("lists rows that do not fit and lines left out, counts the rest, and saves them", async () => {
    core({
      "messy.csv": () =>
        reading({
          skipped: [{ first_line: 1, last_line: 2, skipped_as: "preamble", text: "Sales of 2024" }],
          problems: [{ line: 7, reason: "3 cells where 2 fit; the third was left out" }],
          n_problems: 1201,
        }),
    });
    vi.spyOn(api, "chooseSavePath").mockResolvedValue("/tmp/report.csv");
    const save = vi.spyOn(api.datasets, "saveReport").mockResolvedValue(null);
    render(<Window />);
    drop("messy.csv");
    await screen.findByTestId("import-dialog");
    await userEvent.click(screen.getByRole("tab", { name: "Rows that do not fit (1,201)" }));
    expect(screen.getByTestId("problem-rows")).toHaveTextContent(/7.*3 cells where 2 fit/);
    expect(screen.getByText("and 1,200 more rows, which the report lists too")).toBeVisible();
    await userEvent.click(screen.getByRole("tab", { name: "Left out (1)" }));
    expect(screen.getByTestId("left-out")).toHaveTextContent(/lines 1 to 2.*Sales of 2024/);
    await press("Save report…");
    expect(await screen.findByRole("button", { name: "Report saved" })).toBeVisible();
    expect(save).toHaveBeenCalledWith(expect.any(String), null, expect.anything(), "/tmp/report.csv", expect.any(String));
  });

  it("switches spellings of no value off and on, and takes others", async () => {
    const missing = [
      { value: "", count: 4 },
      { value: "NA", count: 3 },
      { value: "-", count: 2 },
    ];
    const { calls } = core({
      "gaps.csv": (options) =>
        doubtful({
          columns: [columnReading({ missing: missing.filter(({ value }) => value === "" || (options.missing?.includes(value) ?? true)) })],
          n_problems: 1,
          problems: [{ line: 2, reason: "too short" }],
        }),
    });
    render(<Window />);
    drop("gaps.csv");
    const box = within(await screen.findByTestId("missing-spellings"));
    expect(box.getByText("4 empty cells")).toBeVisible();
    await userEvent.click(box.getByRole("checkbox", { name: /^-/ }));
    await waitFor(() => {
      expect(calls.at(-1)?.options.missing).toEqual(["NA"]);
    });
    expect(box.getByRole("checkbox", { name: /^-/ })).not.toBeChecked();
    await userEvent.type(box.getByRole("textbox", { name: "Another spelling of no value" }), "999{Enter}");
    await waitFor(() => {
      expect(calls.at(-1)?.options.missing).toEqual(["NA", "999"]);
    });
    await userEvent.click(box.getByRole("button", { name: "The usual ones" }));
    await waitFor(() => {
      expect(calls.at(-1)?.options.missing).toBeNull();
    });
  });

  it("reads a file again that another program held, and takes it in then", async () => {
    let isHeld = true;
    const { kept } = core({
      "held.csv": () => {
        if (isHeld) throw new api.CoreError({ code: "unreadable_file", message: "held.csv is held by another program", hint: null });
        return reading();
      },
    });
    render(<Window />);
    drop("held.csv");
    await screen.findByTestId("import-error");
    isHeld = false;
    await press("Try again");
    expect(await screen.findByTestId("imported-note")).toBeInTheDocument();
    expect(kept).toHaveLength(1);
  });

  it("shows the first rows of a file that takes a while, until all of it is understood", async () => {
    let answer: (all: Reading) => void = () => undefined;
    core({ "large.csv": () => new Promise<Reading>((resolve) => (answer = resolve)) });
    vi.spyOn(api.datasets, "glance").mockResolvedValue(reading({ n_rows: 3, preview: [["of the start"]] }));
    render(<Window />);
    drop("large.csv");
    expect(await screen.findByText("of the start")).toBeInTheDocument();
    expect(screen.getByTestId("import-progress")).toBeInTheDocument();
    await act(async () => {
      answer(reading());
      await Promise.resolve();
    });
    expect(await screen.findByTestId("imported-note")).toHaveTextContent("30 rows");
    expect(screen.queryByText("of the start")).toBeNull();
  });

  it("reads a few of many files at once, and all in the end", async () => {
    let atOnce = 0;
    let most = 0;
    const names = Array.from({ length: 9 }, (_, index) => `part ${index}.csv`);
    const answer = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await Promise.resolve();
      atOnce -= 1;
      return reading();
    };
    const { imports } = core(Object.fromEntries(names.map((name) => [name, answer])));
    render(<Window />);
    drop(...names);
    await waitFor(() => {
      expect(imports.map(({ path }) => path)).toEqual(names);
    });
    expect(most).toBe(3);
  });

  it("takes a delimiter as it is typed, and no quotes for an answer", async () => {
    const { calls } = core({ "odd.csv": () => doubtful() });
    render(<Window />);
    drop("odd.csv");
    await screen.findByTestId("import-dialog");
    await choose("Delimiter", "Another…");
    await userEvent.type(screen.getByRole("textbox", { name: "Delimiter, as typed" }), "~~");
    await waitFor(() => {
      expect(calls.at(-1)?.options.delimiter).toBe("~~");
    });
    await choose("Quotes", "None");
    await waitFor(() => {
      expect(calls.at(-1)?.options).toMatchObject({ delimiter: "~~", quote: "" });
    });
    expect(screen.getByRole("combobox", { name: "Quotes" })).toHaveTextContent(/^None$/);
    await press("Read it as found");
    await waitFor(() => {
      expect(calls.at(-1)?.options).toMatchObject({ delimiter: null, quote: null });
    });
  });
});
