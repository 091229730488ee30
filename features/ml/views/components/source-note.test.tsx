// What a person is told of a dataset's file, and what becomes of it when it has changed.
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../api";
import { useDatasetsStore } from "../../state/zustand/datasets-store";
import { usePreferencesStore } from "../../state/zustand/preferences-store";
import { NO_SOURCES, useSourcesStore } from "../../state/zustand/sources-store";
import { dataset } from "../../test/examples";
import type { Dataset, SourceState } from "../../types";
import { DatasetTableCombobox } from "./dataset-table-combobox";

const source = { path: "/tables/flowers.csv", content_hash: "aa", modified_at: 1, reading: {} };
const first: Dataset = { ...dataset, source };
const second: Dataset = { ...first, id: "second", version: 2, first_version: first.id, n_rows: 180 };

function stand(state: SourceState) {
  return vi.spyOn(api.datasets, "source").mockResolvedValue(state);
}

describe("a dataset's file", () => {
  beforeEach(() => {
    vi.restoreAllMocks();
    useDatasetsStore.setState({ registry: { state: "ready", value: [first] }, troubles: {} });
    useSourcesStore.setState(NO_SOURCES);
    usePreferencesStore.setState({ dataset: first.id });
    vi.spyOn(api.datasets, "list").mockResolvedValue([{ ...first, name: "Flowers (version 1)" }, second]);
  });

  it("is not spoken of while it is as it was, and looked at again when a person comes back", async () => {
    const look = stand("unchanged");
    render(<DatasetTableCombobox />);
    await waitFor(() => {
      expect(look).toHaveBeenCalledWith(first.id);
    });
    expect(screen.queryByText(/has changed/)).toBeNull();
    look.mockResolvedValue("changed");
    act(() => {
      globalThis.dispatchEvent(new Event("focus"));
    });
    expect(await screen.findByText("flowers.csv has changed since it was read")).toBeInTheDocument();
  });

  it("is read again when told so, and the new version is shown", async () => {
    stand("changed");
    const refresh = vi.spyOn(api.datasets, "refresh").mockResolvedValue({ outcome: "new_version", dataset: second });
    render(<DatasetTableCombobox />);
    await userEvent.click(await screen.findByRole("button", { name: "Refresh from file" }));
    expect(refresh).toHaveBeenCalledWith(first.id, expect.any(String));
    expect(await screen.findByText(/version 2 has 180 rows × 4 columns, version 1 had 150 rows/)).toBeInTheDocument();
    expect(usePreferencesStore.getState().dataset).toBe("second");
    await userEvent.click(screen.getByRole("button", { name: "Show version 1" }));
    expect(usePreferencesStore.getState().dataset).toBe(first.id);
    // The older version does not follow the file.
    expect(screen.queryByRole("button", { name: "Refresh from file" })).toBeNull();
  });

  it("stays as it is where a job runs, and says why", async () => {
    stand("changed");
    const refused = { code: "conflict", message: 'a job on "Flowers" has not ended', hint: "Cancel the job" } as const;
    vi.spyOn(api.datasets, "refresh").mockRejectedValue(new api.CoreError(refused));
    render(<DatasetTableCombobox />);
    await userEvent.click(await screen.findByRole("button", { name: "Refresh from file" }));
    expect(await screen.findByRole("alert")).toHaveTextContent('a job on "Flowers" has not ended');
    expect(usePreferencesStore.getState().dataset).toBe(first.id);
    await userEvent.click(screen.getByRole("button", { name: "Not now" }));
    expect(screen.queryByText(/has changed/)).toBeNull();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("can be left half read", async () => {
    stand("changed");
    vi.spyOn(api.datasets, "list").mockResolvedValue([first]);
    let stop: (reason: unknown) => void = () => undefined;
    vi.spyOn(api.datasets, "refresh").mockImplementation(() => new Promise((_, reject) => (stop = reject)));
    const cancel = vi.spyOn(api.work, "cancel").mockImplementation(() => {
      stop(new api.CoreError({ code: "cancelled", message: "the work was stopped", hint: null }));
      return Promise.resolve(null);
    });
    render(<DatasetTableCombobox />);
    await userEvent.click(await screen.findByRole("button", { name: "Refresh from file" }));
    await userEvent.click(await screen.findByRole("button", { name: "Stop reading flowers.csv again" }));
    expect(cancel).toHaveBeenCalledOnce();
    expect(await screen.findByRole("button", { name: "Refresh from file" })).toBeEnabled();
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
