// The table asks the core for what a person wants to see, and a person can
// reach all of it by keys.
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { useDatasetsStore } from "../../../state/zustand/datasets-store";
import { useFormStore } from "../../../state/zustand/form-store";
import { usePreferencesStore } from "../../../state/zustand/preferences-store";
import { useSweepsStore } from "../../../state/zustand/sweeps-store";
import { dataset } from "../../../test/examples";
import { best, page, snapshot, sweepJob, trial } from "../../../test/sweeps";
import type { Trial, TrialQuery } from "../../../types";
import { TrialsDataTable } from "./trials-data-table";

vi.mock("@tauri-apps/plugin-dialog", () => ({ open: vi.fn(), save: () => Promise.resolve("/tmp/trials.csv") }));

const job = sweepJob({ status: "succeeded" });
const rows = [1, 2, 3, 4, 5, 6].map((number) =>
  trial({ number, objective: 0.3 + number / 10, platform: number % 2 === 1 ? "pytorch" : "tensorflow" }),
);

async function show(trials: Trial[] = rows) {
  const asked: TrialQuery[] = [];
  vi.spyOn(api.sweeps, "trials").mockImplementation((_, query) => {
    asked.push(query);
    return Promise.resolve(page(trials.slice(query.offset, query.offset + query.limit), trials.length));
  });
  vi.spyOn(api.sweeps, "curves").mockResolvedValue([]);
  render(<TrialsDataTable job={job} snapshot={snapshot({ best: [best({ number: 1 })] })} onListed={vi.fn()} />);
  if (trials.length > 0) await screen.findByRole("grid", { name: "Trials" });
  return { asked, last: () => asked.at(-1) };
}

const grid = () => screen.getByRole("grid", { name: "Trials" });
const head = (name: string) => within(grid()).getByRole("columnheader", { name: new RegExp(name) });
const sortBy = (name: string) => within(head(name)).getByRole("button");
/** By its label, as a hand would. */
const tick = async (popover: string, name: string) => {
  const dialog = await screen.findByRole("dialog", { name: popover });
  await userEvent.click(within(dialog).getByText(name));
};
const selected = () => useSweepsStore.getState().views[job.id]?.selected ?? [];

// jsdom lays nothing out, and the table draws only rows that have room.
Object.defineProperties(Element.prototype, { clientHeight: { get: () => 400 }, clientWidth: { get: () => 1200 } });

describe("the table of trials", { timeout: 30_000 }, () => {
  beforeEach(() => {
    useSweepsStore.setState({ views: {} });
    useDatasetsStore.setState({ registry: { state: "ready", value: [dataset] } });
  });

  it("asks for a page, the best first, and shows it with the best on top", async () => {
    const { asked } = await show();
    expect(asked[0]).toMatchObject({ offset: 0, limit: 200, sort: [{ by: { column: "objective" }, descending: false }] });
    const names = within(grid()).getAllByRole("rowheader");
    expect(names.map((one) => one.textContent.replace(/\D/g, ""))).toEqual(["1", "1", "2", "3", "4", "5", "6"]);
    expect(within(names[0] as HTMLElement).getByLabelText("best")).toBeInTheDocument();
    expect(screen.getByTestId("trials-count")).toHaveTextContent("6 in all");
  });

  it("has columns for what varies, and others when they are wanted", async () => {
    await show();
    expect(within(grid()).queryByRole("columnheader", { name: /Dropout/ })).toBeNull();
    expect(head("Learning rate")).toBeVisible();
    expect(within(grid()).queryByRole("columnheader", { name: /Seed/ })).toBeNull();
    await userEvent.click(screen.getByTestId("column-picker"));
    await tick("Columns", "Seed");
    await tick("Columns", "Learning rate");
    await userEvent.keyboard("{Escape}");
    expect(head("Seed")).toBeInTheDocument();
    expect(within(grid()).queryByRole("columnheader", { name: /Learning rate/ })).toBeNull();
  });

  it("sorts by one column, and with Shift by another beside it", async () => {
    const { last } = await show();
    await userEvent.click(sortBy("Learning rate"));
    expect(head("Learning rate")).toHaveAttribute("aria-sort", "ascending");
    const user = userEvent.setup();
    await user.keyboard("{Shift>}");
    await user.click(sortBy("Time"));
    await user.keyboard("{/Shift}");
    expect(head("Time")).toHaveAttribute("aria-sort", "ascending");
    await waitFor(() => {
      expect(last()?.sort).toEqual([
        { by: { column: "parameter", name: "learning_rate" }, descending: false },
        { by: { column: "train_seconds" }, descending: false },
      ]);
    });
  });

  it("shows the first row of another order, and only the best of the platform asked for on top", async () => {
    await show();
    grid().scrollTop = 84;
    await userEvent.click(sortBy("Time"));
    expect(grid().scrollTop).toBe(0);
    await userEvent.click(screen.getByTestId("filter-tensorflow"));
    expect(within(grid()).queryAllByLabelText("best")).toHaveLength(1);
  });

  it("begins with the larger end where larger is better", async () => {
    const { last } = await show();
    await userEvent.click(sortBy("Accuracy"));
    await waitFor(() => {
      expect(last()?.sort).toEqual([{ by: { column: "metric", metric: "accuracy" }, descending: true }]);
    });
  });

  it("filters by platform, state, search, range and value, and takes each away again", async () => {
    const { last } = await show();
    await userEvent.click(screen.getByTestId("filter-tensorflow"));
    await userEvent.type(screen.getByRole("searchbox", { name: "Search trials" }), "sgd");
    await userEvent.click(screen.getByTestId("filter-status"));
    await tick("Only trials that are", "Pruned");
    await userEvent.keyboard("{Escape}");
    await userEvent.click(screen.getByTestId("filter-column"));
    await userEvent.click(await screen.findByRole("combobox", { name: "Column to filter by" }));
    await userEvent.click(await screen.findByRole("option", { name: "Hidden layers" }));
    await tick("Only trials with", "32-16");
    await userEvent.click(screen.getByRole("combobox", { name: "Column to filter by" }));
    await userEvent.click(await screen.findByRole("option", { name: "Learning rate" }));
    await userEvent.type(await screen.findByRole("textbox", { name: "Learning rate, at least" }), "0.01");
    await userEvent.click(screen.getByRole("button", { name: "Apply" }));
    await userEvent.keyboard("{Escape}");
    await waitFor(() => {
      expect(last()?.filter).toEqual({
        platforms: ["tensorflow"],
        statuses: ["pruned"],
        search: "sgd",
        ranges: [{ column: { column: "parameter", name: "learning_rate" }, min: 0.01, max: null }],
        values: [{ name: "hidden_layers", values: [[32, 16]] }],
      });
    });
    await userEvent.click(screen.getByRole("button", { name: "Remove filter: Pruned" }));
    await userEvent.click(screen.getByRole("button", { name: "Remove filter: Learning rate at least 0.01" }));
    await waitFor(() => {
      expect(last()?.filter).toMatchObject({ statuses: [], ranges: [] });
    });
  });

  it("is gone through, picked from and opened by keys", async () => {
    await show();
    grid().focus();
    // Past the row on top to the first, then the third.
    await userEvent.keyboard("{ArrowDown}{ArrowDown}[Space]{ArrowDown}{ArrowDown}[Space]");
    expect(selected()).toEqual([
      { number: 1, platform: "pytorch" },
      { number: 3, platform: "pytorch" },
    ]);
    await userEvent.keyboard("[Space]{Enter}");
    expect(selected()).toHaveLength(1);
    expect(await screen.findByRole("dialog", { name: "Trial 3 on PyTorch" })).toBeVisible();
  });

  it("picks a range with Shift", async () => {
    await show();
    const user = userEvent.setup();
    await user.click(screen.getByRole("checkbox", { name: "Select trial 2 on TensorFlow" }));
    await user.keyboard("{Shift>}");
    await user.click(screen.getByRole("checkbox", { name: "Select trial 5 on PyTorch" }));
    await user.keyboard("{/Shift}");
    await waitFor(() => {
      expect(selected().map((one) => one.number).sort()).toEqual([2, 3, 4, 5]);
    });
  });

  it("compares the trials picked, only where they differ", async () => {
    await show([
      trial({ number: 1, params: { learning_rate: 0.01, optimizer: "adam" } }),
      trial({ number: 2, params: { learning_rate: 0.02, optimizer: "adam" }, train_seconds: 9 }),
    ]);
    grid().focus();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}[Space]{ArrowDown}[Space]");
    await userEvent.click(screen.getByTestId("compare-trials"));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByRole("row", { name: /Learning rate 0\.01 0\.02/ })).toBeVisible();
    expect(dialog.getByRole("row", { name: /Time 1\.50 s 9\.00 s/ })).toBeVisible();
    expect(dialog.queryByRole("row", { name: /Optimizer/ })).toBeNull();
  });

  it("clones a trial into the training form, with what the space fixes", async () => {
    await show();
    grid().focus();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    await userEvent.click(await screen.findByTestId("clone-trial"));
    expect(usePreferencesStore.getState().mode).toBe("train");
    expect(useFormStore.getState().values).toMatchObject({ learning_rate: "0.01", hidden_layers: "32, 16", epochs: "20" });
  });

  it("writes what the filter lets through to the file chosen", async () => {
    await show();
    vi.spyOn(api.sweeps, "export").mockResolvedValue(null);
    await userEvent.click(screen.getByTestId("filter-pytorch"));
    await userEvent.click(screen.getByTestId("export-trials"));
    await userEvent.click(await screen.findByRole("button", { name: "CSV…" }));
    await waitFor(() => {
      expect(api.sweeps.export).toHaveBeenCalledWith("job-1", expect.objectContaining({ platforms: ["pytorch"] }), "csv", "/tmp/trials.csv");
    });
  });

  it("says what to do where no trial matches", async () => {
    useSweepsStore.setState({ views: {} });
    await show([]);
    expect(await screen.findByText("No trials")).toBeVisible();
    await userEvent.type(screen.getByRole("searchbox", { name: "Search trials" }), "nothing");
    expect(await screen.findByText("No trial matches")).toBeVisible();
  });

  it("says when trials cannot be read, and tries again", async () => {
    const failing = vi
      .spyOn(api.sweeps, "trials")
      .mockRejectedValue(new api.CoreError({ code: "storage", message: "the disk is full", hint: null }));
    render(<TrialsDataTable job={job} snapshot={snapshot()} onListed={vi.fn()} />);
    expect(await screen.findByText(/Trials could not be read: the disk is full/)).toBeVisible();
    failing.mockResolvedValue(page(rows));
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("grid", { name: "Trials" })).toBeVisible();
  });
});
