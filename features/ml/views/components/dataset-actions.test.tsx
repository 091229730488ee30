// What is kept with a dataset, what it is written as, and what is asked before it goes.
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../api";
import { useDatasetsStore } from "../../state/zustand/datasets-store";
import { useExportsStore } from "../../state/zustand/exports-store";
import { usePreferencesStore } from "../../state/zustand/preferences-store";
import { dataset } from "../../test/examples";
import type { Dataset } from "../../types";
import { DatasetTableCombobox } from "./dataset-table-combobox";

const tagged: Dataset = { ...dataset, tags: ["spring"], notes: "From Husum" };
const details = { disk: { table_bytes: 3000, view_bytes: 0, prepared_bytes: 1000 }, n_runs: 2, n_sweeps: 1 };

function show(...all: Dataset[]) {
  useDatasetsStore.setState({ registry: { state: "ready", value: all }, troubles: {} });
  vi.spyOn(api.datasets, "list").mockResolvedValue(all);
  render(<DatasetTableCombobox />);
}

describe("a dataset", () => {
  beforeEach(() => {
    vi.restoreAllMocks();
    usePreferencesStore.setState({ dataset: dataset.id });
    useExportsStore.setState({ shown: null });
    vi.spyOn(api.datasets, "details").mockResolvedValue(details);
  });

  it("is found by its tags and by its notes", async () => {
    show(tagged, { ...dataset, id: "other", name: "Other" });
    const field = screen.getByRole("combobox", { name: "Dataset" });
    for (const text of ["spring", "husum"]) {
      await userEvent.type(field, text);
      const options = await screen.findAllByRole("option");
      expect(options.map((option) => option.textContent)).toEqual([expect.stringMatching(/^Flowersspring/), "Open file…"]);
      await userEvent.keyboard("{Escape}");
    }
  });

  it("tells where it came from and what it takes up, and keeps tags and notes", async () => {
    const annotate = vi.spyOn(api.datasets, "annotate").mockResolvedValue(tagged);
    show(tagged);
    await userEvent.click(screen.getByRole("button", { name: "About dataset Flowers" }));
    expect(await screen.findByText("4.00 kB: table 3.00 kB, prepared for training 1.00 kB")).toBeInTheDocument();
    expect(screen.getByText("2 runs and 1 sweep")).toBeInTheDocument();
    await userEvent.type(screen.getByRole("textbox", { name: "Add a tag" }), "Spring{Enter}north sea,");
    expect(annotate).toHaveBeenCalledExactlyOnceWith(dataset.id, null, ["spring", "north sea"]);
    await userEvent.click(screen.getByRole("button", { name: "Take off the tag spring" }));
    expect(annotate).toHaveBeenLastCalledWith(dataset.id, null, []);
    await userEvent.type(screen.getByRole("textbox", { name: "Notes" }), ", by post");
    await userEvent.keyboard("{Escape}");
    expect(annotate).toHaveBeenLastCalledWith(dataset.id, "From Husum, by post", null);
    await waitFor(() => {
      expect(screen.queryByRole("dialog")).toBeNull();
    });
  });

  it("goes only after a question that counts what was trained on it", async () => {
    const remove = vi.spyOn(api.datasets, "delete").mockResolvedValue(null);
    show(tagged);
    await userEvent.click(screen.getByRole("button", { name: "Delete dataset Flowers" }));
    expect(await screen.findByText(/2 runs and 1 sweep on it keep their figures/)).toBeInTheDocument();
    await userEvent.keyboard("{Escape}");
    expect(remove).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Delete dataset Flowers" }));
    await userEvent.click(await screen.findByRole("button", { name: "Delete dataset" }));
    expect(remove).toHaveBeenCalledExactlyOnceWith(dataset.id);
  });

  it("is written where a person says, and a refusal stands there to be tried again", async () => {
    vi.spyOn(api, "chooseSavePath").mockResolvedValue("/out/mine.xlsx");
    const write = vi.spyOn(api.datasets, "export");
    write.mockRejectedValueOnce(new api.CoreError({ code: "storage", message: "the disk is full", hint: null }));
    write.mockResolvedValueOnce(null);
    show(tagged);
    await userEvent.click(screen.getByRole("button", { name: "Export dataset Flowers" }));
    await userEvent.click(await screen.findByRole("button", { name: /^Excel workbook/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent("mine.xlsx was not written: the disk is full");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Flowers was written to mine.xlsx")).toBeInTheDocument();
    expect(write).toHaveBeenLastCalledWith(dataset.id, "/out/mine.xlsx", "xlsx", true, expect.any(String));
  });
});
