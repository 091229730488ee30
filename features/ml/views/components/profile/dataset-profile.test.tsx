// A person sees what would spoil a model, answers it by a click, takes it back,
// and reads the figures.
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { useDatasetsStore } from "../../../state/zustand/datasets-store";
import { useFormStore } from "../../../state/zustand/form-store";
import { usePreferencesStore } from "../../../state/zustand/preferences-store";
import { useProfilesStore } from "../../../state/zustand/profiles-store";
import { bikes, profile } from "../../../test/profiles";
import type { DatasetProfile } from "../../../types";
import { DatasetTableAccordion } from "../dataset-table-accordion";

/** The accordion on a table, with the core's answer. */
function show(answer: DatasetProfile = profile(), dataset = bikes) {
  const asked = vi.spyOn(api.datasets, "profile").mockResolvedValue(answer);
  vi.spyOn(api.datasets, "cancelProfile").mockResolvedValue(null);
  vi.spyOn(api.datasets, "view").mockResolvedValue({ n_rows: 0, n_matching: 0 });
  vi.spyOn(api.datasets, "summaries").mockResolvedValue([]);
  useDatasetsStore.setState({ registry: { state: "ready", value: [dataset] } });
  render(<DatasetTableAccordion />);
  return asked;
}

const openTab = async () => {
  await userEvent.click(screen.getByTestId("tab-columns"));
  return screen.findByTestId("profile-warnings");
};
const features = () => useFormStore.getState().values?.features;

describe("the profile", { timeout: 30_000 }, () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  beforeEach(() => {
    useProfilesStore.setState({ shown: {}, answers: {} });
    useFormStore.setState({ values: null, dataset: null, revision: 0 });
    usePreferencesStore.setState({ dismissedWarnings: {}, dataset: null, tableOpen: true });
  });

  it("counts its warnings on the tab before anybody opens it", async () => {
    const asked = show();
    expect(await screen.findByTestId("warning-count")).toHaveTextContent("4 warnings");
    expect(asked).toHaveBeenCalledWith("bikes", "count");
  });

  it("asks about the column that the form predicts, again when that changes", async () => {
    const asked = show();
    await screen.findByTestId("warning-count");
    act(() => {
      useFormStore.setState({ values: { target: "casual", features: [] } as never, dataset: "bikes" });
    });
    await waitFor(() => {
      expect(asked).toHaveBeenLastCalledWith("bikes", "casual");
    });
  });

  it("does not begin anew when the registry is read again, unless columns are others then", async () => {
    vi.useFakeTimers();
    const asked = show();
    const read = async (dataset: typeof bikes) => {
      act(() => {
        useDatasetsStore.setState({ registry: { state: "ready", value: [dataset] } });
      });
      await act(() => vi.advanceTimersByTimeAsync(1000));
    };
    await read({ ...bikes, name: "Bicycles" });
    expect(asked).toHaveBeenCalledTimes(1);
    await read({ ...bikes, columns: bikes.columns.map((column) => ({ ...column, kind: "category" })) });
    expect(asked).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it("of a huge table waits until somebody looks", async () => {
    vi.useFakeTimers();
    const asked = show(profile(), { ...bikes, n_rows: 10_000_000 });
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    vi.useRealTimers();
    expect(asked).not.toHaveBeenCalled();
    await openTab();
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("leaves columns out by one click, says so, and takes it back", async () => {
    show();
    const warnings = within(await openTab());
    expect(warnings.getByText("casual + registered = count")).toBeVisible();
    expect(warnings.getByText(/the model would learn to add/)).toBeVisible();
    await userEvent.click(warnings.getByRole("button", { name: "Leave out casual and registered" }));
    expect(features()).toEqual(["when", "station", "set", "temperature"]);
    expect(warnings.getByTestId("answered-sum_of_columns")).toHaveTextContent("casual and registered are not learnt from");
    expect(screen.getByTestId("warning-count")).toHaveTextContent("3 warnings");
    // The button is gone; keys go on from here.
    expect(screen.getByTestId("profile-warnings")).toHaveFocus();
    await userEvent.click(warnings.getByRole("button", { name: /^Undo: casual and registered/ }));
    expect(features()).toContain("registered");
    expect(warnings.getByTestId("warning-sum_of_columns")).toBeVisible();
  });

  it("sets the split and drops duplicates by one click each", async () => {
    show();
    const warnings = within(await openTab());
    await userEvent.click(warnings.getByRole("button", { name: "Split by time of when" }));
    await userEvent.click(warnings.getByRole("button", { name: "Drop duplicates" }));
    expect(useFormStore.getState().values).toMatchObject({ split: "by_time", split_column: "when", drop_duplicates: true });
    expect(features()).not.toContain("when");
  });

  it("puts aside what is dismissed, and shows it again when asked", async () => {
    show();
    const warnings = within(await openTab());
    await userEvent.click(warnings.getByRole("button", { name: /^Dismiss: 3 values of temperature/ }));
    expect(warnings.queryByTestId("warning-outliers")).toBeNull();
    await userEvent.click(warnings.getByRole("button", { name: "1 warning dismissed" }));
    await userEvent.click(warnings.getByRole("button", { name: "Show again" }));
    expect(warnings.getByTestId("warning-outliers")).toBeVisible();
  });

  it("says so where nothing was found", async () => {
    show(profile({ warnings: [] }));
    const warnings = within(await openTab());
    expect(warnings.getByTestId("no-warnings")).toHaveTextContent("Nothing found that would spoil a model of count.");
    expect(screen.queryByTestId("warning-count")).toBeNull();
  });

  it("lists figures of every column, and sorts by what it says about the target", async () => {
    show();
    await openTab();
    const table = within(screen.getByTestId("profile-columns"));
    const names = () => table.getAllByRole("row").slice(1).map((row) => within(row).getAllByRole("cell")[0]?.textContent);
    expect(names()).toEqual(["temperature", "casual", "registered", "count"]);
    expect(table.getAllByRole("row")[1]).toHaveTextContent("12.3 %");
    await userEvent.click(table.getByRole("button", { name: "Association" }));
    expect(names()).toEqual(["registered", "casual", "temperature", "count"]);
  });

  it("shows correlations on demand", async () => {
    show();
    await openTab();
    await userEvent.click(screen.getByTestId("profile-part-correlations"));
    const heat = within(await screen.findByTestId("profile-correlations"));
    const row = heat.getByRole("row", { name: /^casual/ });
    expect(within(row).getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["0.69", "1.00", "−0.50"]);
    expect(heat.getByRole("row", { name: /^registered/ })).toHaveTextContent("–");
  });

  it("can be stopped, and keeps its old figures", async () => {
    show();
    await openTab();
    act(() => {
      useProfilesStore.setState(({ shown }) => {
        const before = shown.bikes;
        return before === undefined ? {} : { shown: { bikes: { ...before, state: "computing", share: 0.4 } } };
      });
    });
    expect(screen.getByTestId("profile-progress")).toHaveTextContent("40 %");
    await userEvent.click(screen.getByTestId("profile-stop"));
    expect(api.datasets.cancelProfile).toHaveBeenCalledWith("bikes");
    expect(screen.getByTestId("profile-columns")).toBeVisible();
  });

  it("says why there are no figures", async () => {
    show();
    vi.spyOn(api.datasets, "profile").mockRejectedValue(
      new api.CoreError({ code: "storage", message: "the table of Bikes is damaged", hint: "Import the file again" }),
    );
    await userEvent.click(screen.getByTestId("tab-columns"));
    expect(await screen.findByTestId("error-note")).toHaveTextContent(/the table of Bikes is damaged.*Import the file again/);
  });
});
