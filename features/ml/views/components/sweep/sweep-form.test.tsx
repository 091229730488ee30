// A person builds a space, is told what is wrong where it is wrong, and starts
// what the form says.
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { useFormStore } from "../../../state/zustand/form-store";
import { useSweepsStore } from "../../../state/zustand/sweeps-store";
import { dataset } from "../../../test/examples";
import { splitPreview } from "../../../test/profiles";
import { sweepJob } from "../../../test/sweeps";
import type { SweepSpec } from "../../../types";
import { SweepForm } from "./sweep-form";

const plan = { n_combinations: 12, n_trials: 64, estimated_secs: 90, swept: ["learning_rate"] };

function show() {
  const started: SweepSpec[] = [];
  vi.spyOn(api.sweeps, "plan").mockResolvedValue(plan);
  vi.spyOn(api.datasets, "previewSplit").mockResolvedValue(splitPreview());
  vi.spyOn(api.jobs, "startSweep").mockImplementation((spec) => {
    started.push(spec);
    return Promise.resolve("job-1");
  });
  vi.spyOn(api.jobs, "get").mockResolvedValue({ job: sweepJob(), runs: [] });
  render(<SweepForm dataset={dataset} platform="pytorch" />);
  return { started };
}

const type = async (name: string, text: string) => {
  const field = screen.getByRole("textbox", { name });
  await userEvent.clear(field);
  if (text !== "") await userEvent.type(field, text);
};
const start = () => userEvent.click(screen.getByTestId("sweep-button"));
const space = () => screen.getByRole("textbox", { name: "Space as JSON" });
const showJson = () => userEvent.click(screen.getByRole("button", { name: "The same as JSON" }));

describe("the sweep form", { timeout: 30_000 }, () => {
  beforeEach(() => {
    useSweepsStore.setState({ values: null, start: { state: "idle" }, opened: {} });
    useFormStore.setState({ values: null, dataset: null });
  });

  it("starts a quick look as it is, and shows that sweep", async () => {
    const { started } = show();
    await start();
    await waitFor(() => {
      expect(started).toHaveLength(1);
    });
    expect(started[0]).toMatchObject({ target: "kind", platforms: ["pytorch"], n_trials: 32, confirmation: null });
    expect(started[0]?.space.learning_rate).toEqual({ float: [0.0003, 0.03], log: true });
    expect(useSweepsStore.getState().opened[dataset.id]).toBe("job-1");
  });

  it("says what it comes to", async () => {
    show();
    expect(await screen.findByTestId("sweep-plan")).toHaveTextContent("64 trials · 12 combinations · about 2 min");
  });

  it("says what the core has against it", async () => {
    show();
    vi.spyOn(api.sweeps, "plan").mockRejectedValue(
      new api.CoreError({ code: "invalid_config", message: "n_trials is 500; the grid has 12 points", hint: "Ask for 12" }),
    );
    await type("Configurations", "500");
    expect(await screen.findByTestId("plan-error")).toHaveTextContent(/the grid has 12 points.*Ask for 12/);
  });

  it("refuses a bad bound beside its row, does not start, and puts the focus there", async () => {
    const { started } = show();
    await type("Learning rate, smallest", "0");
    await start();
    const row = screen.getByTestId("space-learning_rate");
    expect(within(row).getByRole("alert")).toHaveTextContent("learning_rate is 0; it must be above 0 and at most 1000");
    expect(screen.getByRole("textbox", { name: "Learning rate, smallest" })).toHaveFocus();
    expect(started).toEqual([]);
  });

  it("refuses what stays the same, too, and says where it can be changed", async () => {
    const { started } = show();
    await type("Test fraction", "2");
    await start();
    expect(screen.getByRole("textbox", { name: "Test fraction" })).toHaveFocus();
    expect(started).toEqual([]);
  });

  it("splits its rows as a person says, and refuses a split that has nothing to go by", async () => {
    const { started } = show();
    await userEvent.click(screen.getByTestId("setting-split"));
    await userEvent.click(await screen.findByRole("option", { name: "By group" }));
    await start();
    expect(await screen.findByText("Choose the column to split by")).toBeVisible();
    expect(started).toEqual([]);
    await userEvent.click(within(screen.getByTestId("setting-split_column")).getByRole("combobox"));
    await userEvent.keyboard("colour{Enter}");
    await start();
    await waitFor(() => {
      expect(started[0]?.config).toMatchObject({ split: "by_group", split_column: "colour", exclude: [] });
    });
  });

  it("varies a parameter in each of its ways", async () => {
    const { started } = show();
    const epochs = within(screen.getByTestId("space-epochs"));
    await userEvent.click(epochs.getByRole("button", { name: "choice" }));
    await type("Epochs, values to choose from", "5, 10");
    const activation = within(screen.getByTestId("space-activation"));
    await userEvent.click(activation.getByRole("button", { name: "choice" }));
    await userEvent.click(activation.getByText("Tanh"));
    const layers = within(screen.getByTestId("space-hidden_layers"));
    await userEvent.click(layers.getByRole("button", { name: "range" }));
    await userEvent.click(screen.getByText(/Each on TensorFlow too/));
    await start();
    await waitFor(() => {
      expect(started).toHaveLength(1);
    });
    expect(started[0]?.platforms).toEqual(["pytorch", "tensorflow"]);
    expect(started[0]?.space).toMatchObject({
      epochs: { choice: [5, 10] },
      activation: { choice: ["relu", "tanh"] },
      hidden_layers: { layers: [1, 3], units: [16, 128], log: true },
    });
  });

  it("leaves a parameter out, and takes another in", async () => {
    show();
    await userEvent.click(screen.getByRole("button", { name: "Leave out Dropout" }));
    expect(screen.queryByTestId("space-dropout")).toBeNull();
    await userEvent.click(screen.getByRole("combobox", { name: "Vary another setting" }));
    await userEvent.keyboard("momentum{Enter}");
    expect(await screen.findByTestId("space-momentum")).toBeVisible();
  });

  it("keeps form and JSON in step, both ways", async () => {
    show();
    await showJson();
    await type("Learning rate, smallest", "0.001");
    expect((space() as HTMLTextAreaElement).value).toContain(`"learning_rate": {"float": [0.001, 0.03], "log": true}`);
    await userEvent.clear(space());
    await userEvent.paste(`{"dropout": {"float": [0.1, 0.4]}, "epochs": 7}`);
    expect(screen.getByRole("textbox", { name: "Dropout, largest" })).toHaveValue("0.4");
    expect(screen.getByRole("textbox", { name: "Epochs, value" })).toHaveValue("7");
    expect(screen.queryByTestId("space-learning_rate")).toBeNull();
  });

  it("keeps the form as it was while the JSON cannot be read, and does not start", async () => {
    const { started } = show();
    await showJson();
    await userEvent.clear(space());
    await userEvent.paste(`{"lr": 1}`);
    expect(screen.getByText(/there is no parameter lr/)).toBeVisible();
    expect(screen.getByTestId("space-learning_rate")).toBeVisible();
    await start();
    expect(started).toEqual([]);
  });

  it("asks for seeds only where the best are confirmed, and the thorough preset confirms", async () => {
    show();
    expect(screen.queryByRole("textbox", { name: "Seeds each" })).toBeNull();
    await userEvent.click(screen.getByTestId("preset-thorough"));
    expect(screen.getByRole("textbox", { name: "Seeds each" })).toHaveValue("5");
    expect(screen.getByTestId("space-momentum")).toHaveTextContent("Only where optimizer is sgd or rmsprop");
  });

  it("shows why a sweep did not start", async () => {
    show();
    act(() => {
      useSweepsStore.setState({
        start: { state: "failed", error: { code: "conflict", message: "the data folder is locked", hint: null } },
      });
    });
    expect(screen.getByTestId("start-error")).toHaveTextContent("The sweep did not start: the data folder is locked");
  });
});
