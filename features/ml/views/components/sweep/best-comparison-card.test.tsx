// What a person reads of the best trials, while the sweep runs and once it has ended.
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { NOTHING_KNOWN } from "../../../state/job-events";
import { useJobsStore } from "../../../state/zustand/jobs-store";
import { run } from "../../../test/examples";
import { best, comparison, snapshot, sweepJob } from "../../../test/sweeps";
import type { Run, SweepSnapshot, TrialOutcome } from "../../../types";
import { BestComparisonCard } from "./best-comparison-card";

const outcome = {
  metrics: { train: {}, validation: {}, test: { accuracy: 0.9123, log_loss: 0.36 } },
  train_seconds: 2.1,
  artifacts: [{ kind: "torchscript", name: "model.pt", bytes: 48_200 }],
} as unknown as TrialOutcome;

const both = [
  best({ params: { learning_rate: 0.0123456, optimizer: "adam" } }, { run_id: "run-1", confirmed: { mean: 0.41, sd: 0.006, n: 5 } }),
  best({ platform: "tensorflow", number: 9, objective: 0.42, params: { learning_rate: 0.02, optimizer: "adam" } }),
];

function show(changes: Partial<SweepSnapshot>, job = sweepJob({ status: "succeeded" })): { opened: Run[] } {
  const opened: Run[] = [];
  const onOpenRun = vi.fn((one: Run) => opened.push(one));
  render(<BestComparisonCard job={job} snapshot={snapshot(changes)} onOpenRun={onOpenRun} />);
  return { opened };
}

const line = (key: string) => screen.getByTestId(`best-${key}`);

describe("the card of the best", () => {
  beforeEach(() => {
    const known = { ...NOTHING_KNOWN, runs: { "run-1": run({ status: "succeeded", outcome }) } };
    useJobsStore.setState({ known });
  });

  it("is not there before a trial has ended", () => {
    show({ best: [] });
    expect(screen.queryByTestId("BestComparisonCard")).toBeNull();
  });

  it("says in plain words how the platforms compare", () => {
    show({ best: both, comparison: comparison() });
    const verdict = screen.getByTestId("comparison-verdict");
    expect(verdict).toHaveTextContent("no real difference: 0.3 ± 0.9 points");
    expect(verdict).toHaveTextContent(/on 2,000 test rows: 0\.3 points higher.*McNemar’s exact test: p = 0\.52\./);
    expect(screen.getByTestId("pair-agreement")).toHaveTextContent(/In half of 16 pairs/);
  });

  it("does not speak of McNemar's test where there is none", () => {
    show({ best: both, comparison: comparison({ mcnemar_p: null, pairs: null }) });
    expect(screen.getByTestId("comparison-verdict")).not.toHaveTextContent(/McNemar/);
    expect(screen.queryByTestId("pair-agreement")).toBeNull();
  });

  it("shows settings, validation and test metrics, time and size of both, and invents none", () => {
    show({ best: both, comparison: comparison() });
    expect(line("trial")).toHaveTextContent(/1.*9/);
    expect(line("parameter-learning_rate")).toHaveTextContent("0.012350.02");
    expect(line("parameter-hidden_layers")).toHaveTextContent("––");
    expect(line("validation-accuracy")).toHaveTextContent(/0\.850/);
    expect(line("test-accuracy")).toHaveTextContent(/0\.912.*–/);
    expect(line("confirmed")).toHaveTextContent(/5 seeds.*0\.4100 ± 0\.0060.*–/);
    expect(line("seconds")).toHaveTextContent(/2\.10 s.*1\.50 s/);
    // The run's file where there is one, else 4 bytes a parameter.
    expect(line("bytes")).toHaveTextContent(/48\.2 kB.*21\.3 kB/);
  });

  it("says that test rows wait for the end while it runs", () => {
    show({ best: both }, sweepJob());
    expect(screen.getByTestId("BestComparisonCard")).toHaveTextContent(/So far\. Test rows take no part in the search/);
    expect(screen.queryByTestId("comparison-verdict")).toBeNull();
  });

  it("is about one platform where there is but one", () => {
    show({ best: both.slice(1) }, sweepJob({}, { platforms: ["tensorflow"] }));
    expect(screen.getByRole("heading", { name: "Best of TensorFlow" })).toBeVisible();
    expect(screen.queryByText(/Test rows/)).toBeNull();
  });

  it("leads to the run", async () => {
    const { opened } = show({ best: both, comparison: comparison() });
    await userEvent.click(within(screen.getByTestId("BestComparisonCard")).getByRole("button", { name: /Open run/ }));
    expect(opened.map((one) => one.id)).toEqual(["run-1"]);
  });
});
