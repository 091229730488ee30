/** A dataset, a run and its events, as the core would send them. */
import { DEFAULT_CONFIG } from "../api";
import type { Dataset, EpochRecord, Job, JobEvent, Run, TrainingConfig } from "../types";

export const DEFAULTS = DEFAULT_CONFIG as unknown as TrainingConfig;

export const dataset: Dataset = {
  id: "0123456789abcdef01234567",
  name: "Flowers",
  source_file: "flowers.csv",
  source_bytes: 2048,
  sheet: null,
  n_rows: 150,
  columns: [
    { name: "number", kind: "identifier", missing: 0, distinct: 150, excluded_because: "row numbers" },
    { name: "length", kind: "numeric", missing: 2, distinct: 80, excluded_because: null },
    { name: "colour", kind: "category", missing: 0, distinct: 4, excluded_because: null },
    { name: "kind", kind: "category", missing: 0, distinct: 3, excluded_because: null },
  ],
  warnings: [],
  imported_at: 0,
  default_target: "kind",
  described_by_hand: false,
  kinds_by_hand: [],
  is_sample: false,
  attribution: null,
  notes: "",
  tags: [],
  source: null,
  first_version: null,
  version: 1,
};

export function run(changes: Partial<Run> = {}): Run {
  return {
    id: "run-1",
    job_id: "job-1",
    name: "Flowers 1",
    platform: "pytorch",
    dataset: { id: dataset.id, name: dataset.name },
    target: "kind",
    task: "classification",
    split: { train: 105, validation: 15, test: 30 },
    labels: ["a", "b", "c"],
    notes: [],
    config: { ...DEFAULTS, epochs: 20 },
    status: "running",
    epoch: 0,
    outcome: null,
    error: null,
    created_at: 1,
    started_at: 2,
    finished_at: null,
    ...changes,
  };
}

export function job(changes: Partial<Job> = {}): Job {
  return {
    id: "job-1",
    spec: { kind: "train", dataset: dataset.id, target: "kind", platforms: ["pytorch"], config: DEFAULTS },
    status: "running",
    error: null,
    created_at: 1,
    finished_at: null,
    last_seq: 1,
    ...changes,
  };
}

export function epoch(number: number): EpochRecord {
  return {
    epoch: number,
    learning_rate: 0.001,
    train_loss: 1 / number,
    validation_loss: 1.1 / number,
    train_metrics: { accuracy: 0.9 },
    validation_metrics: { accuracy: 0.8 },
    train_seconds: number / 10,
  } as EpochRecord;
}

export function event(seq: number, kind: JobEvent["kind"]): JobEvent {
  return { job_id: "job-1", seq, at: seq, kind };
}
