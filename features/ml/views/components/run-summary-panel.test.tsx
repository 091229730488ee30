// What a person reads of a run, in each of its states.
import { render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { takeCatchUp, NOTHING_KNOWN } from "../../state/job-events";
import { useJobsStore } from "../../state/zustand/jobs-store";
import { epoch, event, job, run } from "../../test/examples";
import type { Run, TrialOutcome } from "../../types";
import { RunSummaryPanel } from "./run-summary-panel";

const outcome = {
  epochs_run: 20,
  best_epoch: 17,
  metrics: {
    train: { accuracy: 0.99, macro_f1: 0.98, log_loss: 0.05, roc_auc: null },
    validation: { accuracy: 0.93, macro_f1: 0.92, log_loss: 0.2, roc_auc: 0.99 },
    test: { accuracy: 0.9, macro_f1: 0.89, log_loss: 0.31, roc_auc: 0.97 },
  },
  last_validation: { accuracy: 0.92 },
  confusion: [
    [10, 0, 0],
    [1, 9, 0],
    [0, 2, 8],
  ],
  train_seconds: 1.234,
  parameter_count: 5315,
  artifacts: [{ kind: "torchscript", name: "model.pt", bytes: 24_400 }],
} as unknown as TrialOutcome;

function show(shown: Run): string {
  const events = [1, 2, 3].map((n) => event(n + 1, { type: "epoch", run_id: shown.id, record: epoch(n) }));
  const known = takeCatchUp(NOTHING_KNOWN, { job: job({ last_seq: 1 }), runs: [shown] }, shown.epoch > 0 ? events : []);
  useJobsStore.setState({ known, history: { state: "ready", value: undefined } } as never);
  render(
    <RunSummaryPanel
      platform="pytorch"
      hasDataset
      run={{ state: "ready", value: shown }}
      isOpened={false}
      onRetry={() => undefined}
    />,
  );
  return screen.getByTestId("RunSummaryPanel").textContent;
}

describe("the summary of a run", () => {
  beforeEach(() => {
    useJobsStore.setState({ known: NOTHING_KNOWN });
  });

  it("says what to do where there is none", () => {
    render(
      <RunSummaryPanel platform="tensorflow" hasDataset run={{ state: "ready", value: null }} isOpened={false} onRetry={() => undefined} />,
    );
    expect(screen.getByTestId("RunSummaryPanel")).toHaveTextContent(/press Train on TensorFlow/);
  });

  it("waits its turn", () => {
    expect(show(run({ status: "queued" }))).toMatch(/Waiting for its turn/);
    expect(screen.getByRole("button", { name: "Cancel" })).toBeEnabled();
  });

  it("shows how far it is and how long it takes", () => {
    // 0.1 s an epoch, 17 of 20 to go
    expect(show(run({ epoch: 3 }))).toMatch(/Epoch 3 of 20.*about 2 s left/);
    expect(screen.getByRole("progressbar", { name: "Training on PyTorch" })).toHaveAttribute("aria-valuenow", "15");
  });

  it("gives metrics, times and sizes once it is finished", () => {
    const text = show(run({ status: "succeeded", epoch: 20, outcome }));
    expect(text).toMatch(/Finished/);
    expect(screen.getByRole("row", { name: /Accuracy/ })).toHaveTextContent(/0\.900.*0\.93.*0\.99/);
    // A metric that is not defined is not invented.
    expect(screen.getByRole("row", { name: /ROC AUC/ })).toHaveTextContent(/–/);
    expect(text).toMatch(/105 \/ 15 \/ 30/);
    expect(text).toMatch(/20 of 20, best was 17/);
    expect(text).toMatch(/1\.23 s/);
    expect(text).toMatch(/24\.4 kB/);
    expect(text).toMatch(/5,315/);
    expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
  });

  it.each([
    [{}, "classification", "at random, each class with its share"],
    [{}, "regression", "at random"],
    [{ split: "by_time", split_column: "day" }, "regression", "by time of day"],
    [{ split: "by_group", split_column: "who", drop_duplicates: true }, "regression", "by group of who, without rows that repeat another"],
    [{ split: "by_column", split_column: "part" }, "classification", "as part says"],
  ] as const)("says that %j was split for %s %s", (config, task, words) => {
    show(run({ task, config: { ...run().config, ...config } }));
    expect(screen.getByTestId("run-split-rule")).toHaveTextContent(words);
  });

  it("says what went wrong and what to do", () => {
    const error = { code: "worker_failed", message: "the PyTorch worker was killed by signal 9", hint: "Try a smaller network" };
    const text = show(run({ status: "failed", error: error as Run["error"] }));
    expect(text).toMatch(/Failed/);
    expect(screen.getByTestId("run-error")).toHaveTextContent(/killed by signal 9.*Try a smaller network/);
    expect(screen.getByRole("button", { name: "Reuse settings" })).toBeEnabled();
  });

  it("tells diverged from failed, with the epoch", () => {
    const error = { code: "diverged", message: "the loss became inf at step 3 of epoch 1", hint: "Try a smaller learning_rate" };
    const text = show(run({ status: "diverged", error: error as Run["error"] }));
    expect(text).toMatch(/Diverged.*epoch 1.*smaller learning_rate/);
    expect(text).not.toMatch(/Failed/);
  });

  it("says after how many epochs it was cancelled", () => {
    expect(show(run({ status: "cancelled", epoch: 3 }))).toMatch(/Cancelled after 3 epochs/);
  });
});
