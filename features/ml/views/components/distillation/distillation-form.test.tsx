// A person chooses a teacher and a student, is told what is wrong where it is
// wrong, and starts what the form says.
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { NOTHING_KNOWN } from "../../../state/job-events";
import { formFor, withSplit } from "../../../state/training-form";
import { useDistillationsStore } from "../../../state/zustand/distillations-store";
import { useFormStore } from "../../../state/zustand/form-store";
import { useJobsStore } from "../../../state/zustand/jobs-store";
import { dataset, DEFAULTS, job, run } from "../../../test/examples";
import { splitPreview } from "../../../test/profiles";
import type { DistillationSpec, Run } from "../../../types";
import { DistillationForm } from "./distillation-form";

/** 4 features, 3 classes: 4·64 + 64 + 64·64 + 64 + 64·3 + 3 numbers. */
const TEACHER_PARAMETERS = 4675;

function teacher(changes: Partial<Run> = {}): Run {
  return run({
    id: "teacher",
    name: "Large one",
    status: "succeeded",
    config: { ...DEFAULTS, hidden_layers: [64, 64] },
    outcome: {
      best_epoch: 20,
      epochs_run: 20,
      metrics: { train: {}, validation: { accuracy: 0.95 }, test: { accuracy: 0.94 } },
      confusion: null,
      train_seconds: 2,
      parameter_count: TEACHER_PARAMETERS,
      artifacts: [],
    } as unknown as Run["outcome"],
    ...changes,
  });
}

function show(runs: Run[] = [teacher()]) {
  const started: DistillationSpec[] = [];
  useJobsStore.setState({
    known: { ...NOTHING_KNOWN, runs: Object.fromEntries(runs.map((one) => [one.id, one])) },
    history: { state: "ready", value: true },
  });
  vi.spyOn(api.jobs, "startDistillation").mockImplementation((spec) => {
    started.push(spec);
    return Promise.resolve("job-1");
  });
  vi.spyOn(api.datasets, "previewSplit").mockResolvedValue(splitPreview());
  vi.spyOn(api.jobs, "get").mockResolvedValue({ job: job(), runs: [] });
  vi.spyOn(api.jobs, "events").mockResolvedValue([]);
  render(<DistillationForm dataset={dataset} />);
  return { started };
}

const type = async (testId: string, text: string) => {
  const field = screen.getByTestId(testId);
  await userEvent.clear(field);
  if (text !== "") await userEvent.type(field, text);
};
const start = () => userEvent.click(screen.getByTestId("distil-button"));

describe("the distillation form", { timeout: 30_000 }, () => {
  beforeEach(() => {
    useFormStore.setState({ values: null, dataset: null });
    useDistillationsStore.setState({ values: null, student: null, dataset: null, start: { state: "idle" }, opened: {} });
  });

  it("shows the teacher with its numbers, and the student's size as one types", async () => {
    show();
    expect(screen.getByTestId("teacher-numbers")).toHaveTextContent("Accuracy 0.940 on test rows · layers 64-64 · 4,675 parameters");
    // 4·16 + 16 + 16·3 + 3
    expect(screen.getByTestId("student-size")).toHaveTextContent("131 parameters, 1/36 of its teacher; 524 B of weights");
    await type("distil-hidden_layers", "8");
    expect(screen.getByTestId("student-size")).toHaveTextContent("67 parameters");
    expect(screen.queryByTestId("student-larger")).toBeNull();
  });

  it("warns of a student that is larger than its teacher, and starts it all the same", async () => {
    const { started } = show();
    await type("distil-hidden_layers", "128, 128");
    expect(screen.getByTestId("student-larger")).toHaveTextContent("its teacher 4,675");
    await start();
    await waitFor(() => {
      expect(started).toHaveLength(1);
    });
  });

  it("starts what it says, and shows that distillation", async () => {
    const { started } = show();
    await type("distil-hidden_layers", "8");
    await type("distil-temperature", "4");
    await type("distil-alpha", "0.5");
    await type("distil-seeds", "2");
    await userEvent.click(within(screen.getByTestId("distil-platform")).getByRole("button", { name: "Both" }));
    await start();
    await waitFor(() => {
      expect(started).toHaveLength(1);
    });
    expect(started[0]).toMatchObject({
      dataset: dataset.id,
      target: "kind",
      platforms: ["pytorch", "tensorflow"],
      teacher: { kind: "runs", run_ids: ["teacher"] },
      loss: { kind: "hinton" },
      temperature: 4,
      alpha: 0.5,
      seeds: 2,
      transfer: { kind: "none" },
      control: true,
      student_space: null,
    });
    expect(started[0]?.config.hidden_layers).toEqual([8]);
    await waitFor(() => {
      expect(useDistillationsStore.getState().opened[dataset.id]).toBe("job-1");
    });
  });

  it("refuses a temperature of 0 beside its field, does not start, and puts the focus there", async () => {
    const { started } = show();
    await type("distil-temperature", "0");
    await start();
    const field = screen.getByTestId("distil-temperature");
    expect(field).toHaveFocus();
    expect(field).toHaveAccessibleDescription("temperature is 0; it must be above 0 and at most 1000");
    expect(started).toEqual([]);
  });

  it("refuses layers that are no layers beside their field", async () => {
    const { started } = show();
    await type("distil-hidden_layers", "0");
    await start();
    expect(screen.getByTestId("distil-hidden_layers")).toHaveAccessibleDescription(/hidden_layers/);
    expect(started).toEqual([]);
  });

  it("has a teacher trained where there is none", async () => {
    const { started } = show([]);
    expect(screen.getByTestId("target-select")).toBeVisible();
    await start();
    await waitFor(() => {
      expect(started).toHaveLength(1);
    });
    expect(started[0]).toMatchObject({ target: "kind", teacher: { kind: "train", config: null } });
  });

  it("has a teacher that is trained first learn what the training form says, in its split", async () => {
    const training = { ...withSplit(formFor(dataset, DEFAULTS, null), { split: "by_group", split_column: "colour" }, dataset), epochs: "3" };
    useFormStore.setState({ values: training, dataset: dataset.id });
    const { started } = show([]);
    expect(await screen.findByTestId("split-train")).toHaveTextContent("700 rows");
    await start();
    await waitFor(() => {
      expect(started).toHaveLength(1);
    });
    expect(started[0]).toMatchObject({ teacher: { kind: "train" }, config: { split: "by_group", split_column: "colour" } });
    // How a student is trained is its own affair.
    expect(started[0]?.config.epochs).not.toBe(3);
  });

  it("shows no split where the teacher's holds", () => {
    show();
    expect(screen.queryByTestId("setting-split")).toBeNull();
    expect(screen.queryByTestId("split-preview")).toBeNull();
  });

  it("refuses runs that cannot teach together", async () => {
    const { started } = show([
      teacher(),
      teacher({ id: "other", name: "Other split", config: { ...DEFAULTS, test_fraction: 0.4 } }),
    ]);
    await userEvent.click(screen.getByTestId("distil-teacher-ensemble"));
    await userEvent.click(screen.getByText("Large one"));
    await userEvent.click(screen.getByText("Other split"));
    expect(screen.getByTestId("ensemble-error")).toHaveTextContent("different splits");
    await start();
    expect(started).toEqual([]);
  });

  it("searches for a student within a budget", async () => {
    const { started } = show();
    await userEvent.click(screen.getByText("Search for a student"));
    await userEvent.click(screen.getByText(/Try several students/));
    await type("distil-shapes", "8, 16-16");
    await type("distil-maxBytes", "2000");
    await start();
    await waitFor(() => {
      expect(started).toHaveLength(1);
    });
    expect(started[0]?.student_space?.hidden_layers).toEqual([[8], [16, 16]]);
    expect(started[0]?.budget).toEqual({ max_bytes: 2000, max_latency_us: null, max_points_lost: null });
  });

  it("shows why a distillation did not start", () => {
    show();
    act(() => {
      useDistillationsStore.setState({
        start: { state: "failed", error: { code: "conflict", message: "the teacher was deleted", hint: null } },
      });
    });
    expect(screen.getByTestId("start-error")).toHaveTextContent("The distillation did not start: the teacher was deleted");
  });
});
