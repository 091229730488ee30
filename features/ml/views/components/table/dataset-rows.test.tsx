// What a person does with a table reaches the core as they meant it, by pointer
// and by keys, and what comes back is what they see.
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { useColumnLayoutStore } from "../../../state/zustand/column-layout-store";
import { useDatasetsStore } from "../../../state/zustand/datasets-store";
import { useFormStore } from "../../../state/zustand/form-store";
import { useTableStore } from "../../../state/zustand/table-store";
import { DEFAULTS, dataset as example } from "../../../test/examples";
import { frequent, histogram, pageOf } from "../../../test/tables";
import { isFiltered } from "../../../state/table-query";
import { formFor } from "../../../state/training-form";
import type { ColumnRoleChoice, Dataset, SearchHit, TableQuery } from "../../../types";
import { DatasetRows } from "./dataset-rows";
// Loaded on demand elsewhere; a first load may take longer than a test waits.
import "./column-list";
import "./column-menu";
import "./go-to-row";

const dataset: Dataset = { ...example, n_rows: 1_000_000 };

// jsdom lays nothing out, and the grid draws only what has room.
Object.defineProperties(Element.prototype, { clientHeight: { get: () => 500 }, clientWidth: { get: () => 1200 } });

const summaries = [
  frequent("number", [["1", 1]]),
  histogram("length"),
  frequent("colour", [
    ["red", 90],
    ["blue", 40],
    ["green", 20],
  ]),
  frequent("kind", [["a", 75]]),
];

function Table() {
  const shown = useDatasetsStore((state) => (state.registry.state === "ready" ? state.registry.value[0] : undefined));
  return shown === undefined ? null : <DatasetRows dataset={shown} height={500} />;
}

async function show({ nMatching = 1234 }: { nMatching?: number } = {}) {
  const asked: TableQuery[] = [];
  const countOf = (query: TableQuery) => (isFiltered(query) ? nMatching : dataset.n_rows);
  vi.spyOn(api.datasets, "view").mockImplementation((_, query) => {
    asked.push(query);
    return Promise.resolve({ n_rows: dataset.n_rows, n_matching: countOf(query) });
  });
  vi.spyOn(api.datasets, "rows").mockImplementation((_, query, offset, limit, columns) =>
    Promise.resolve(
      pageOf(offset, limit, columns ?? [], countOf(query)),
    ),
  );
  vi.spyOn(api.datasets, "summaries").mockImplementation((_id, _query, columns) =>
    Promise.resolve((columns ?? []).flatMap((place) => summaries[place] ?? [])),
  );
  const copied = vi.spyOn(api.datasets, "copy").mockResolvedValue("a\tb\n");
  const user = userEvent.setup();
  render(<Table />);
  await screen.findByText("r0c1");
  return { user, asked, last: () => asked.at(-1), copied };
}

const grid = () => screen.getByRole("grid", { name: "Rows of Flowers" });
const head = (name: string) => {
  const found = within(grid())
    .getAllByRole("columnheader")
    .find((one) => one.querySelector(`[data-column="${name}"]`) !== null);
  if (found === undefined) throw new Error(`no head ${name}`);
  return found;
};
const sortBy = (name: string) => within(head(name)).getByRole("button", { name: new RegExp(`^${name}`) });
const cell = (text: string) => within(grid()).getByRole("gridcell", { name: text });
const press = (text: string) => {
  fireEvent.pointerDown(cell(text), { button: 0 });
  fireEvent.pointerUp(cell(text));
};
const focused = () => document.activeElement?.textContent;
const openMenu = async (user: Awaited<ReturnType<typeof show>>["user"], name: string) => {
  await user.click(within(head(name)).getByRole("button", { name: `Filter and more: ${name}` }));
  return screen.findByRole("dialog", { name });
};

describe("the table", { timeout: 30_000 }, () => {
  beforeEach(() => {
    useTableStore.setState({ tables: {} });
    useColumnLayoutStore.setState({ layouts: {} });
    useFormStore.setState({ values: null, dataset: null, revision: 0 });
    useDatasetsStore.setState({ registry: { state: "ready", value: [dataset] } });
  });

  it("shows rows, and in each head kind, role with its reason, missing share and picture", async () => {
    await show();
    expect(grid()).toHaveAttribute("aria-rowcount", "1000001");
    expect(grid()).toHaveAttribute("aria-colcount", "5");
    expect(head("number")).toHaveTextContent(/identifier.*excluded: row numbers/);
    expect(head("kind")).toHaveTextContent(/category.*target/);
    expect(head("length")).toHaveTextContent(/number.*feature.*<0.1 %/);
    expect(await within(head("length")).findByRole("img", { name: "length: 0 to 4" })).toBeInTheDocument();
    expect(within(head("colour")).getByRole("button", { name: /red/ })).toBeInTheDocument();
    expect(screen.getByTestId("table-count")).toHaveTextContent("1,000,000 rows");
  });

  it("sorts by a press, and with Shift beside it", async () => {
    const { user, last } = await show();
    await user.click(sortBy("length"));
    await waitFor(() => {
      expect(last()?.sort).toEqual([{ column: "length", descending: false }]);
    });
    expect(head("length")).toHaveAttribute("aria-sort", "ascending");
    await user.keyboard("{Shift>}");
    await user.click(sortBy("colour"));
    await user.keyboard("{/Shift}");
    await waitFor(() => {
      expect(last()?.sort.map((one) => one.column)).toEqual(["length", "colour"]);
    });
    expect(head("colour")).toHaveTextContent(/2/);
  });

  it("filters by a range drawn over the histogram, says so, and lets go of it", async () => {
    const { user, last } = await show();
    const chart = await within(head("length")).findByRole("img", { name: "length: 0 to 4" });
    chart.getBoundingClientRect = () => new DOMRect(0, 0, 100, 24);
    fireEvent.pointerDown(chart, { button: 0, clientX: 30 });
    fireEvent.pointerUp(chart, { clientX: 60 });
    await waitFor(() => {
      expect(last()?.filters).toEqual([
        {
          column: "length",
          condition: {
            kind: "range",
            from: { value: 1, inclusive: true },
            to: { value: 3, inclusive: false },
            keep_missing: false,
          },
        },
      ]);
    });
    await waitFor(() => {
      expect(screen.getByTestId("table-count")).toHaveTextContent("1,234 of 1,000,000 rows");
    });
    await user.click(screen.getByRole("button", { name: "Remove filter: length 1 to below 3" }));
    await waitFor(() => {
      expect(screen.getByTestId("table-count")).toHaveTextContent(/^1,000,000 rows/);
    });
  });

  it("filters by a frequent value, and by conditions in the column's menu", async () => {
    const { user, last } = await show();
    await user.click(await within(head("colour")).findByRole("button", { name: /red/ }));
    await waitFor(() => {
      expect(last()?.filters[0]?.condition).toEqual({ kind: "values", values: ["red"], exclude: false });
    });
    let menu = await openMenu(user, "colour");
    await user.click(within(menu).getByText("green"));
    await waitFor(() => {
      expect(last()?.filters[0]?.condition).toMatchObject({ values: ["red", "green"] });
    });
    await user.keyboard("{Escape}");
    menu = await openMenu(user, "length");
    await user.type(within(menu).getByRole("textbox", { name: "length, from" }), "1,5");
    await user.click(within(menu).getByRole("button", { name: "Apply" }));
    await waitFor(() => {
      expect(last()?.filters[1]?.condition).toMatchObject({ from: { value: 1.5, inclusive: true }, to: null });
    });
    expect(screen.getByTestId("table-filters")).toHaveTextContent("length at least 1.5");
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Clear all" }));
    await waitFor(() => {
      expect(last()?.filters).toEqual([]);
    });
  });

  it("says that no row matches, and offers to clear the filters", async () => {
    const { user, last } = await show({ nMatching: 0 });
    const menu = await openMenu(user, "kind");
    await user.click(within(menu).getByRole("button", { name: "Missing" }));
    await user.click(within(menu).getByRole("button", { name: "Missing only" }));
    await user.keyboard("{Escape}");
    expect(await screen.findByText("No row matches the filters")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Clear all filters" }));
    await waitFor(() => {
      expect(last()?.filters).toEqual([]);
    });
    expect(await screen.findByText("r0c1")).toBeInTheDocument();
  });

  it("is gone through by keys, to its last row and back", async () => {
    const { user } = await show();
    press("r0c0");
    await waitFor(() => {
      expect(focused()).toBe("r0c0");
    });
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowRight}");
    expect(focused()).toBe("r2c1");
    expect(document.activeElement).toHaveAttribute("tabindex", "0");
    await user.keyboard("{Control>}{End}{/Control}");
    expect(await screen.findByText("r999999c3")).toBeInTheDocument();
    await waitFor(() => {
      expect(focused()).toBe("r999999c3");
    });
    await user.keyboard("{Control>}{Home}{/Control}{ArrowUp}");
    expect(document.activeElement).toBe(head("number"));
    await user.keyboard("{ArrowRight}{Enter}");
    await waitFor(() => {
      expect(head("length")).toHaveAttribute("aria-sort", "ascending");
    });
  });

  it("copies the cells that are selected, with the columns' names where that is wanted", async () => {
    const { user, copied } = await show();
    press("r1c1");
    await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{ArrowRight}{/Shift}");
    expect(screen.getByTestId("table-selection")).toHaveTextContent("3 rows × 2 columns selected");
    await user.keyboard("{Control>}c{/Control}");
    expect(copied).toHaveBeenLastCalledWith(dataset.id, expect.anything(), 1, 3, [1, 2], false);
    expect(await navigator.clipboard.readText()).toBe("a\tb\n");
    await user.keyboard("{Escape}{Control>}{Shift>}c{/Shift}{/Control}");
    expect(copied).toHaveBeenLastCalledWith(dataset.id, expect.anything(), 3, 1, [2], true);
    await waitFor(() => {
      expect(screen.getByTestId("table-selection")).toHaveTextContent("Copied 1 cell");
    });
  });

  it("finds a text: the next with Enter, the one before with Shift+Enter", async () => {
    const { user } = await show();
    const hits: SearchHit[] = [
      { position: { row: 3, column: 2 }, row_number: 3, wrapped: false },
      { position: { row: 7, column: 1 }, row_number: 7, wrapped: false },
      { position: { row: 3, column: 2 }, row_number: 3, wrapped: false },
    ];
    const find = vi.spyOn(api.datasets, "find").mockImplementation(() => Promise.resolve(hits.shift() ?? null));
    press("r0c0");
    await user.keyboard("{Control>}f{/Control}");
    expect(screen.getByRole("searchbox", { name: "Find in all cells" })).toHaveFocus();
    await user.keyboard("c2");
    await waitFor(() => {
      expect(screen.getByTestId("table-find-outcome")).toHaveTextContent("Row 4, colour");
    });
    expect(find).toHaveBeenLastCalledWith(dataset.id, expect.anything(), "c2", null, "next");
    expect(within(grid()).getAllByText("c2")[3]?.tagName).toBe("MARK");
    await user.keyboard("{Enter}");
    expect(find).toHaveBeenLastCalledWith(dataset.id, expect.anything(), "c2", { row: 3, column: 2 }, "next");
    await waitFor(() => {
      expect(screen.getByTestId("table-find-outcome")).toHaveTextContent("Row 8, length");
    });
    await user.keyboard("{Shift>}{Enter}{/Shift}");
    expect(find).toHaveBeenLastCalledWith(dataset.id, expect.anything(), "c2", { row: 7, column: 1 }, "previous");
    await waitFor(() => {
      expect(screen.getByTestId("table-find-outcome")).toHaveTextContent("Row 4");
    });
    await user.keyboard("{Enter}");
    expect(await screen.findByText("Not found")).toBeVisible();
  });

  it("goes to a row, and refuses one that is not there", async () => {
    const { user } = await show();
    press("r0c1");
    await user.keyboard("{Control>}g{/Control}");
    const field = await screen.findByRole("textbox", { name: "Row, as they are shown" });
    await user.type(field, "2000000{Enter}");
    expect(screen.getByRole("alert")).toHaveTextContent("1 to 1,000,000");
    await user.clear(field);
    await user.type(field, "777,000{Enter}");
    await waitFor(() => {
      expect(focused()).toBe("r776999c1");
    });
  });

  it("keeps columns at the left, hides them and brings them back, and widens them by keys", async () => {
    const { user } = await show();
    let menu = await openMenu(user, "kind");
    await user.click(within(menu).getByRole("button", { name: "Freeze" }));
    expect(head("kind")).toHaveAttribute("aria-colindex", "2");
    menu = await openMenu(user, "length");
    await user.click(within(menu).getByRole("button", { name: "Hide" }));
    expect(screen.queryByText("r0c1")).toBeNull();
    await user.click(screen.getByRole("button", { name: /Columns \(1 hidden\)/ }));
    await user.click(within(await screen.findByRole("dialog", { name: "Columns" })).getByText("length"));
    await user.keyboard("{Escape}");
    expect(cell("r0c1")).toBeInTheDocument();
    const before = Number.parseInt(head("number").style.width, 10);
    press("r0c0");
    await user.keyboard("{Alt>}{ArrowRight}{/Alt}");
    expect(Number.parseInt(head("number").style.width, 10)).toBe(before + 16);
    expect(useColumnLayoutStore.getState().layouts[dataset.id]).toMatchObject({ frozen: ["kind"], hidden: [] });
  });

  it("sets target and role in the head, and the form follows", async () => {
    const { user } = await show();
    useFormStore.setState({ values: formFor(dataset, DEFAULTS, null), dataset: dataset.id });
    const set = vi.spyOn(api.datasets, "setRoles").mockImplementation((_, choices: ColumnRoleChoice[]) =>
      Promise.resolve({
        ...dataset,
        default_target: choices[0]?.role.role === "target" ? choices[0].column : "kind",
      }),
    );
    let menu = await openMenu(user, "colour");
    await user.click(within(menu).getByRole("button", { name: "Target" }));
    expect(set).toHaveBeenLastCalledWith(dataset.id, [{ column: "colour", role: { role: "target" } }]);
    await waitFor(() => {
      expect(useFormStore.getState().values).toMatchObject({ target: "colour", features: ["length", "kind"] });
    });
    expect(head("colour")).toHaveTextContent("target");
    expect(head("kind")).toHaveTextContent("feature");
    await user.keyboard("{Escape}");
    menu = await openMenu(user, "length");
    await user.click(within(menu).getByRole("button", { name: "Excluded" }));
    expect(set).toHaveBeenLastCalledWith(dataset.id, [
      { column: "length", role: { role: "excluded", because: "left out by hand" } },
    ]);
    await waitFor(() => {
      expect(useFormStore.getState().values?.features).toEqual(["kind"]);
    });
  });

  it("changes a column's kind, and forgets what it was filtered by", async () => {
    const { user } = await show();
    vi.spyOn(api.datasets, "setKind").mockImplementation((_, name, kind) =>
      Promise.resolve({
        ...dataset,
        columns: dataset.columns.map((column) => (column.name === name ? { ...column, kind } : column)),
      }),
    );
    const menu = await openMenu(user, "length");
    await user.type(within(menu).getByRole("textbox", { name: "length, to" }), "2{Enter}");
    expect(await screen.findByTestId("table-filters")).toHaveTextContent("length at most 2");
    await user.click(within(menu).getByRole("combobox", { name: "Kind" }));
    await user.click(await screen.findByRole("option", { name: "category" }));
    await waitFor(() => {
      expect(head("length")).toHaveTextContent("category");
    });
    expect(screen.queryByTestId("table-filters")).toBeNull();
  });

  it("says what was refused where it was asked", async () => {
    const { user } = await show();
    vi.spyOn(api.datasets, "setRoles").mockRejectedValue(
      new api.CoreError({ code: "unusable_data", message: "number has a value for each row", hint: null }),
    );
    const menu = await openMenu(user, "number");
    await user.click(within(menu).getByRole("button", { name: "Target" }));
    expect(await screen.findByText(/The role of number was not changed: number has a value/)).toBeInTheDocument();
  });
});
