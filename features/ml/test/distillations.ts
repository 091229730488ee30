/** A distillation, its networks and its answer, as the core would send them. */
import type {
  DistillationJob,
  DistillationResult,
  NetworkFigures,
  Run,
  SeedFigure,
  StudentCandidate,
  StudentComparison,
  TrialOutcome,
} from "../types";
import { dataset, DEFAULTS, run } from "./examples";

export function figure(mean: number, sd: number | null = null, bySeed: number[] = [mean]): SeedFigure {
  return { mean, sd, by_seed: bySeed };
}

export function distillationJob(
  changes: Partial<Omit<DistillationJob, "spec">> = {},
  spec: Partial<DistillationJob["spec"]> = {},
): DistillationJob {
  return {
    id: "job-1",
    spec: {
      kind: "distil",
      dataset: dataset.id,
      target: "kind",
      platforms: ["pytorch"],
      teacher: { kind: "runs", run_ids: ["run-1"] },
      config: { ...DEFAULTS, hidden_layers: [16], epochs: 20 },
      loss: { kind: "hinton" },
      temperature: 2,
      alpha: 0.9,
      seeds: 3,
      transfer: { kind: "none" },
      control: true,
      student_space: null,
      budget: {},
      ...spec,
    },
    status: "succeeded",
    error: null,
    created_at: 1000,
    finished_at: 2000,
    last_seq: 1,
    ...changes,
  };
}

export function network(changes: Partial<NetworkFigures> = {}): NetworkFigures {
  return {
    run_ids: ["run-1"],
    platforms: ["pytorch"],
    name: "Flowers 1",
    hidden_layers: [512, 512],
    parameter_count: 270_000,
    weights_bytes: 1_080_000,
    artifact_bytes: 1_100_000,
    validation: { accuracy: figure(0.975) },
    test: { accuracy: figure(0.97) },
    train_seconds: 12,
    speed: null,
    ...changes,
  };
}

export function comparison(changes: Partial<StudentComparison> = {}): StudentComparison {
  return {
    platform: "pytorch",
    distillation: { loss: { kind: "hinton" }, alpha: 0.9, temperature: 2 },
    student: network({
      run_ids: ["student-0", "student-1", "student-2"],
      platforms: ["pytorch", "pytorch", "pytorch"],
      name: "the student",
      hidden_layers: [16],
      parameter_count: 12_000,
      weights_bytes: 47_000,
      validation: { accuracy: figure(0.96, 0.002, [0.958, 0.962, 0.96]) },
      test: { accuracy: figure(0.962, 0.003, [0.959, 0.962, 0.965]) },
    }),
    control: network({
      run_ids: ["control-0", "control-1", "control-2"],
      name: "the control",
      hidden_layers: [16],
      test: { accuracy: figure(0.948, 0.004) },
    }),
    delta: {
      size_reduction_percent: 95.65,
      size_ratio: 23,
      metric_change: figure(-0.008, 0.003),
      control_change: figure(-0.022, 0.004),
      gain_over_control: { estimate: 0.014, low: 0.009, high: 0.019 },
      gain_sd: 0.002,
      gains_by_seed: [0.012, 0.014, 0.016],
      speedup_batch1: 3.24,
      agreement: { same_percent: figure(96.4, 0.2), mean_kl: figure(0.081, 0.004), rms_difference: null },
    },
    disagreements: [{ row: 41, truth: 0, teacher: 0, student: 2 }],
    n_disagreements: 1,
    confusion: [
      [10, 0, 1],
      [0, 9, 0],
      [0, 0, 10],
    ],
    verdict: "pays",
    sentence:
      "The student is 1/23 of the size and loses 0.8 ± 0.3 points; the teacher's help is worth +1.4 ± 0.5 points over training it alone.",
    seeds_left_out: [],
    ...changes,
  };
}

export function withDelta(changes: Partial<StudentComparison["delta"]>): StudentComparison {
  const usual = comparison();
  return { ...usual, delta: { ...usual.delta, ...changes } };
}

export function result(changes: Partial<DistillationResult> = {}): DistillationResult {
  return {
    job_id: "job-1",
    metric: "accuracy",
    labels: ["a", "b", "c"],
    teacher: network(),
    students: [comparison()],
    n_train_rows: 105,
    n_transfer_rows: 0,
    search: null,
    warnings: [],
    ...changes,
  };
}

export function candidate(changes: Partial<StudentCandidate> = {}): StudentCandidate {
  return {
    number: 1,
    platform: "pytorch",
    is_control: false,
    hidden_layers: [16],
    distillation: { loss: { kind: "hinton" }, alpha: 0.9, temperature: 2 },
    parameter_count: 350,
    weights_bytes: 1400,
    validation: { accuracy: 0.94 },
    best_epoch: 20,
    train_seconds: 1,
    latency_us: null,
    on_front: true,
    is_knee: false,
    is_within_budget: true,
    is_chosen: false,
    ...changes,
  };
}

/** A finished run of four features and three classes, 16 units: 4·16 + 16 + 16·3 + 3 parameters. */
export function teacherRun(changes: Partial<Run> = {}): Run {
  return run({
    status: "succeeded",
    config: { ...DEFAULTS, hidden_layers: [16] },
    outcome: {
      epochs_run: 20,
      best_epoch: 20,
      metrics: { train: {}, validation: { accuracy: 0.95 }, test: { accuracy: 0.94 } },
      last_validation: {},
      confusion: null,
      train_seconds: 1,
      parameter_count: 131,
      artifacts: [],
    } as TrialOutcome,
    ...changes,
  });
}
