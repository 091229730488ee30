// A person chooses how rows are split, sees what that comes to, and trains on
// exactly that.
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../api";
import { useFormStore } from "../../state/zustand/form-store";
import { useJobsStore } from "../../state/zustand/jobs-store";
import { job } from "../../test/examples";
import { bikes, part, splitPreview } from "../../test/profiles";
import type { PreparationSpec, SplitPreview, TrainSpec } from "../../types";
import { TrainingForm } from "./training-form";

const classes = (rain: number, sun: number) => [
  { value: "rain", count: rain },
  { value: "sun", count: sun },
];

function show(answer: (spec: PreparationSpec) => Promise<SplitPreview> = () => Promise.resolve(splitPreview())) {
  const started: TrainSpec[] = [];
  const asked = vi.spyOn(api.datasets, "previewSplit").mockImplementation(answer);
  vi.spyOn(api.jobs, "startTraining").mockImplementation((spec) => {
    started.push(spec);
    return Promise.resolve("job-1");
  });
  vi.spyOn(api.jobs, "get").mockResolvedValue({ job: job(), runs: [] });
  vi.spyOn(api.jobs, "events").mockResolvedValue([]);
  render(<TrainingForm dataset={bikes} platform="pytorch" />);
  return { started, asked };
}

const lastAsked = (asked: { mock: { lastCall?: [PreparationSpec] } }) => asked.mock.lastCall?.[0];

const split = async (name: string) => {
  await userEvent.click(screen.getByTestId("setting-split"));
  await userEvent.click(await screen.findByRole("option", { name }));
};
const by = async (column: string) => {
  const field = within(screen.getByTestId("setting-split_column")).getByRole("combobox");
  await userEvent.click(field);
  await userEvent.keyboard(`${column}{Enter}`);
};
const train = () => userEvent.click(screen.getByTestId("train-button"));

describe("the split", { timeout: 30_000 }, () => {
  beforeEach(() => {
    useFormStore.setState({ values: null, dataset: null, revision: 0 });
    useJobsStore.setState({ start: { state: "idle" } });
  });

  it("at random is what there is at first, with its rows", async () => {
    const { started } = show();
    expect(await screen.findByTestId("split-train")).toHaveTextContent("700 rows70 %");
    expect(screen.getByTestId("split-test")).toHaveTextContent("200 rows20 %");
    expect(screen.queryByTestId("setting-split_column")).toBeNull();
    await train();
    await waitFor(() => {
      expect(started[0]?.config).toMatchObject({ split: "random", split_column: null, drop_duplicates: false });
    });
  });

  it("by group keeps groups together, does not learn from them, and says how many there are", async () => {
    const { started, asked } = show(() =>
      Promise.resolve(splitPreview({ parts: [part("train", 810, { groups: 9 }), part("validation", 0), part("test", 190, { groups: 3 })] })),
    );
    await split("By group");
    await by("station");
    await waitFor(() => {
      expect(lastAsked(asked)?.split).toEqual({ kind: "by_group", column: "station" });
    });
    expect(await screen.findByTestId("split-train")).toHaveTextContent("9 groups");
    expect(screen.queryByTestId("split-validation")).toBeNull();
    await userEvent.click(screen.getByText("Drop rows that repeat another"));
    await train();
    await waitFor(() => {
      expect(started[0]?.config).toMatchObject({
        split: "by_group",
        split_column: "station",
        drop_duplicates: true,
        features: null,
        exclude: [],
      });
    });
    expect(screen.getByTestId("feature-count")).toHaveTextContent("5 of 6 columns");
  });

  it("by time takes the only column of dates, and says from when to when", async () => {
    const { asked } = show(() =>
      Promise.resolve(splitPreview({ parts: [part("train", 800, { first: "2011-01-01", last: "2012-08-01", target_mean: 143.2, target_sd: 12 })] })),
    );
    await split("By time");
    await waitFor(() => {
      expect(lastAsked(asked)?.split).toEqual({ kind: "by_time", column: "when" });
    });
    expect(await screen.findByText(/mean 143\.2, SD 12\.0 · 2011-01-01 to 2012-08-01/)).toBeVisible();
  });

  it("as a column says has no test fraction to share out", async () => {
    show();
    await split("As a column says");
    expect(screen.queryByTestId("setting-test_fraction")).toBeNull();
    expect(screen.getByText("Where no row says validation.")).toBeVisible();
    await split("At random");
    expect(screen.getByTestId("setting-test_fraction")).toBeVisible();
  });

  it("does not start without a column to go by, and says so at its field", async () => {
    const { started } = show();
    await split("By group");
    expect(screen.queryByText("Choose the column to split by")).toBeNull();
    await train();
    expect(await screen.findByText("Choose the column to split by")).toBeVisible();
    expect(started).toEqual([]);
  });

  it("shows what the core has against it at the column's field", async () => {
    show(({ split: rule }) =>
      rule?.kind === "by_group"
        ? Promise.reject(
            new api.CoreError({
              code: "unusable_data",
              message: 'Bikes: "set" makes 2 groups; to split by it, at least 3 are needed',
              hint: "Name a column with more groups, or split at random",
            }),
          )
        : Promise.resolve(splitPreview()),
    );
    await split("By group");
    await by("set");
    const field = within(screen.getByTestId("setting-split_column")).getByRole("combobox");
    await waitFor(() => {
      expect(field).toHaveAccessibleDescription(/makes 2 groups.*Name a column with more groups/);
    });
    expect(field).toBeInvalid();
  });

  it("shows the balance of classes in each part, with the numbers on demand", async () => {
    show(() =>
      Promise.resolve(splitPreview({ parts: [part("train", 80, { classes: classes(20, 60) }), part("test", 20, { classes: classes(0, 20) })] })),
    );
    await userEvent.click(await screen.findByTestId("split-classes-button"));
    const rows = within(screen.getByTestId("split-classes")).getAllByRole("row").map((row) => row.textContent);
    expect(rows).toEqual(["ClassTrainTest", "sun6020", "rain200"]);
  });

  it("shows the newest answer, whichever comes last", async () => {
    const late: ((preview: SplitPreview) => void)[] = [];
    show(
      ({ seed }) =>
        new Promise((resolve) => {
          if (seed === 0) late.push(resolve);
          else resolve(splitPreview({ parts: [part("train", 222)] }));
        }),
    );
    await waitFor(() => {
      expect(late).toHaveLength(1);
    });
    const seed = screen.getByTestId("setting-seed");
    await userEvent.clear(seed);
    await userEvent.type(seed, "5");
    expect(await screen.findByText("222 rows")).toBeVisible();
    await act(async () => {
      late[0]?.(splitPreview({ parts: [part("train", 111)] }));
      await Promise.resolve();
    });
    expect(screen.getByText("222 rows")).toBeVisible();
  });

  it("asks nothing while a share is refused", async () => {
    const { asked } = show();
    await screen.findByTestId("split-train");
    asked.mockClear();
    const field = screen.getByTestId("setting-test_fraction");
    await userEvent.clear(field);
    await userEvent.type(field, "2");
    await waitFor(() => {
      expect(screen.queryByTestId("split-train")).toBeNull();
    });
    expect(field).toBeInvalid();
    expect(asked).not.toHaveBeenCalled();
  });
});
