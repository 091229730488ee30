// The list of datasets: what it tells of each, its order, and its way to files.
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../api";
import { NOTHING_KNOWN } from "../../state/job-events";
import { useDatasetsStore } from "../../state/zustand/datasets-store";
import { NO_IMPORTS, useImportsStore } from "../../state/zustand/imports-store";
import { useJobsStore } from "../../state/zustand/jobs-store";
import { usePreferencesStore } from "../../state/zustand/preferences-store";
import { dataset, job } from "../../test/examples";
import { DatasetTableCombobox } from "./dataset-table-combobox";

const DAY = 24 * 60 * 60 * 1000;

const field = () => screen.getByRole("combobox", { name: "Dataset" });

describe("the list of datasets", () => {
  beforeEach(() => {
    const named = (id: string, name: string, imported_at: number) => ({ ...dataset, id, name, imported_at });
    useDatasetsStore.setState({
      registry: { state: "ready", value: [named("a", "Apples", 1 * DAY), named("b", "Berries", 9 * DAY), named("c", "Cherries", 5 * DAY)] },
      troubles: {},
    });
    const used = job({ created_at: 20 * DAY, spec: { ...job().spec, dataset: "c" } as never });
    useJobsStore.setState({ known: { ...NOTHING_KNOWN, jobs: { "job-1": used } } });
    useImportsStore.setState(NO_IMPORTS);
    usePreferencesStore.setState({ dataset: "a" });
  });

  it("shows size, rows and last use, the newest first, and a way to files last", async () => {
    render(<DatasetTableCombobox />);
    await userEvent.click(field());
    const options = await screen.findAllByRole("option");
    expect(options.map((option) => option.textContent)).toEqual([
      expect.stringMatching(/^Cherries150 × 4 · 2\.05 kB · used .*1970/),
      expect.stringMatching(/^Berries150 × 4 · 2\.05 kB · imported .*1970/),
      expect.stringMatching(/^Apples/),
      "Open file…",
    ]);
  });

  it("finds by typing, and chooses by Enter", async () => {
    render(<DatasetTableCombobox />);
    await userEvent.type(field(), "berr{Enter}");
    expect(usePreferencesStore.getState().dataset).toBe("b");
    expect(field()).toHaveValue("Berries");
  });

  it("offers to open a file where nothing matches, too, and keeps what was chosen", async () => {
    const choose = vi.spyOn(api, "chooseTables").mockResolvedValue([]);
    render(<DatasetTableCombobox />);
    await userEvent.type(field(), "quince");
    expect(await screen.findByText("No dataset matches. Open a file to add one.")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("option", { name: "Open file…" }));
    expect(choose).toHaveBeenCalledOnce();
    expect(usePreferencesStore.getState().dataset).toBe("a");
    await waitFor(() => {
      expect(field()).toHaveValue("Apples");
    });
  });
});
