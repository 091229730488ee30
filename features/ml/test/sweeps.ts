/** A sweep, its trials and its snapshot, as the core would send them. */
import type { BestTrial, PlatformComparison, SweepJob, SweepSnapshot, Trial, TrialCounts, TrialPage } from "../types";
import { dataset, DEFAULTS } from "./examples";

export function trial(changes: Partial<Trial> = {}): Trial {
  return {
    number: 1,
    platform: "pytorch",
    stage: "search",
    seed: 7,
    confirms: null,
    params: { learning_rate: 0.01, hidden_layers: [32, 16], optimizer: "adam" },
    status: "succeeded",
    epoch: 20,
    epochs: 20,
    objective: 0.4,
    objective_sd: null,
    best_epoch: 17,
    metrics: { log_loss: 0.4, accuracy: 0.85 },
    train_seconds: 1.5,
    parameter_count: 5315,
    error: null,
    finished_at: 10_000,
    ...changes,
  };
}

export function sweepJob(changes: Partial<Omit<SweepJob, "spec">> = {}, spec: Partial<SweepJob["spec"]> = {}): SweepJob {
  return {
    id: "job-1",
    spec: {
      kind: "sweep",
      dataset: dataset.id,
      target: "kind",
      platforms: ["pytorch", "tensorflow"],
      config: DEFAULTS,
      space: {
        learning_rate: { float: [0.001, 0.1], log: true },
        hidden_layers: { choice: [[32, 16], [64]] },
        optimizer: { choice: ["adam", "sgd"] },
        epochs: 20,
      },
      sampler: "sobol",
      pruner: "none",
      n_trials: 16,
      objective: null,
      judged_epoch: "best",
      resampling: { kind: "holdout" },
      confirmation: null,
      failure_cap: 20,
      ...spec,
    },
    status: "running",
    error: null,
    created_at: 1000,
    finished_at: null,
    last_seq: 1,
    ...changes,
  };
}

export function counts(changes: Partial<TrialCounts> = {}): TrialCounts {
  const none = { queued: 0, running: 0, waiting: 0, succeeded: 0, pruned: 0, diverged: 0, failed: 0, cancelled: 0 };
  const given = { ...none, ...changes };
  return { total: Object.values({ ...none, ...changes }).reduce((sum, count) => sum + count, 0), ...given };
}

export function best(changes: Partial<Trial> = {}, more: Partial<BestTrial> = {}): BestTrial {
  return { trial: trial(changes), confirmed: null, run_id: null, ...more };
}

export function comparison(changes: Partial<PlatformComparison> = {}): PlatformComparison {
  return {
    metric: "accuracy",
    difference: { estimate: 0.003, low: -0.006, high: 0.012 },
    mcnemar_p: 0.52,
    differs: false,
    verdict: "no real difference: 0.3 ± 0.9 points",
    n_rows: 2000,
    pairs: {
      n_pairs: 16,
      difference: { estimate: 0.001, low: -0.002, high: 0.004 },
      median_gap: 0.0012,
      largest_gap: 0.08,
    },
    ...changes,
  };
}

export function snapshot(changes: Partial<SweepSnapshot> = {}): SweepSnapshot {
  return {
    job_id: "job-1",
    objective: "log_loss",
    planned: 32,
    counts: counts({ succeeded: 10, pruned: 4, running: 2, queued: 16 }),
    elapsed_secs: 60,
    remaining_secs: 45,
    trials_per_minute: 14,
    best: [],
    comparison: null,
    swept: ["learning_rate", "hidden_layers", "optimizer"],
    ...changes,
  };
}

export function page(rows: Trial[], nMatching = rows.length, nTotal = nMatching): TrialPage {
  return { n_matching: nMatching, n_total: nTotal, rows };
}
