/**
 * What the sweep's form holds and how it becomes a specification. Dataset,
 * target and all that stays the same are the training form's content.
 */
import type {
  Dataset,
  JudgedEpoch,
  Metric,
  ParameterSpace,
  ParameterValue,
  Platform,
  PrunerKind,
  Resampling,
  SamplerKind,
  SweepSpec,
  Task,
  TrainingConfig,
  Trial,
} from "../types";
import { METRICS_OF_TASK, PLATFORMS } from "../types";
import { PARAMETERS } from "./sweep-parameters";
import { rowFor, rowsFrom, toSpace, type SpaceRow } from "./sweep-space";
import { suggestedTask, toConfig, toNumber, type FormValues } from "./training-form";

/** As typed: numbers are text until they are checked. */
export interface SweepFormValues {
  rows: SpaceRow[];
  sampler: SamplerKind;
  pruner: PrunerKind;
  n_trials: string;
  objective: "auto" | Metric;
  judged_epoch: JudgedEpoch;
  judged_on: Resampling["kind"];
  /** Folds or repeats, where there are several. */
  rounds: string;
  confirms: boolean;
  top: string;
  seeds: string;
  both: boolean;
  failure_cap: string;
  /** Why the space as JSON could not be put into the form; empty where it could. */
  jsonTrouble: string;
}

export type PresetName = "quick" | "thorough";

type Preset = Omit<SweepFormValues, "rows" | "both" | "objective" | "judged_on" | "rounds" | "jsonTrouble"> & { space: string };

export const PRESET_NAMES: Record<PresetName, string> = { quick: "Quick look", thorough: "Thorough" };

const PRESETS: Record<PresetName, Preset> = {
  quick: {
    space: `{
      "learning_rate": {"float": [0.0003, 0.03], "log": true},
      "batch_size": {"choice": [64, 128]},
      "hidden_layers": {"choice": [[32], [64], [64, 64]]},
      "epochs": 10,
      "dropout": 0,
      "weight_decay": 0,
      "activation": "relu",
      "optimizer": "adam"
    }`,
    sampler: "sobol",
    pruner: "none",
    n_trials: "32",
    judged_epoch: "best",
    confirms: false,
    top: "3",
    seeds: "5",
    failure_cap: "20",
  },
  thorough: {
    space: `{
      "learning_rate": {"float": [0.00003, 0.1], "log": true},
      "batch_size": {"choice": [32, 64, 128, 256]},
      "hidden_layers": {"layers": [1, 3], "units": [16, 128], "log": true},
      "epochs": 50,
      "dropout": {"float": [0, 0.5]},
      "weight_decay": {"float": [0.000001, 0.01], "log": true},
      "activation": {"choice": ["relu", "tanh", "gelu", "silu"]},
      "optimizer": {"choice": ["adam", "adamw", "sgd", "rmsprop"]},
      "momentum": {"float": [0, 0.95], "when": {"optimizer": ["sgd", "rmsprop"]}}
    }`,
    sampler: "tpe",
    pruner: "hyperband",
    n_trials: "256",
    judged_epoch: "best",
    confirms: true,
    top: "3",
    seeds: "5",
    failure_cap: "20",
  },
};

/** A preset's content; what it does not speak of stays as it was. */
export function presetValues(name: PresetName, config: TrainingConfig, before: SweepFormValues | null): SweepFormValues {
  const { space, ...rest } = PRESETS[name];
  return {
    both: before?.both ?? false,
    objective: before?.objective ?? "auto",
    judged_on: before?.judged_on ?? "holdout",
    rounds: before?.rounds ?? "5",
    ...rest,
    rows: rowsFrom(space, config),
    jsonTrouble: "",
  };
}

/** Parameters that have no row yet, for the picker. */
export function parametersLeft(rows: readonly SpaceRow[]) {
  const there = new Set(rows.map((row) => row.name));
  return PARAMETERS.filter((parameter) => !there.has(parameter.name));
}

/** Metrics that can be judged, for the task that the training form's content comes to. */
export function objectivesFor(dataset: Dataset, { target, task }: Pick<FormValues, "target" | "task">): readonly Metric[] {
  const actual: Task = task === "auto" ? (suggestedTask(dataset, target) ?? "classification") : task;
  return METRICS_OF_TASK[actual];
}

/** Log loss, or RMSE for regression: what is judged where nothing else is chosen. */
export function defaultObjective(metrics: readonly Metric[]): Metric {
  return metrics.includes("rmse") ? "rmse" : "log_loss";
}

/**
 * The training form's content with the settings that have a row of their own
 * put aside, since what stands there does not count.
 */
export function withoutSwept(base: FormValues, rows: readonly SpaceRow[], defaults: FormValues): FormValues {
  const put = Object.fromEntries(rows.map((row) => [row.name, defaults[row.name]]));
  return { ...base, ...put };
}

function toResampling({ judged_on, rounds }: SweepFormValues): Resampling {
  switch (judged_on) {
    case "holdout":
      return { kind: judged_on };
    case "k_fold":
      return { kind: judged_on, folds: toNumber(rounds) };
    case "repeated_holdout":
      return { kind: judged_on, repeats: toNumber(rounds) };
  }
}

/** A specification from content that both schemas have accepted. */
export function toSpec(values: SweepFormValues, base: FormValues, dataset: Dataset, platform: Platform): SweepSpec {
  const metrics = objectivesFor(dataset, base);
  return {
    dataset: dataset.id,
    target: base.target,
    platforms: values.both ? [...PLATFORMS] : [platform],
    config: toConfig(base, dataset),
    space: toSpace(values.rows),
    sampler: values.sampler,
    pruner: values.pruner,
    n_trials: toNumber(values.n_trials),
    objective: values.objective !== "auto" && metrics.includes(values.objective) ? values.objective : null,
    judged_epoch: values.judged_epoch,
    resampling: toResampling(values),
    confirmation: values.confirms ? { top: toNumber(values.top), seeds: toNumber(values.seeds) } : null,
    failure_cap: toNumber(values.failure_cap),
  };
}

/** A new row for a parameter, varied at once where there is a likely range. */
export function newRow(name: SpaceRow["name"], config: TrainingConfig): SpaceRow {
  const row = rowFor(name, config);
  const parameter = PARAMETERS.find((one) => one.name === name);
  if (parameter === undefined) return row;
  if (parameter.options.length > 0) {
    return { ...row, kind: "choice", picked: parameter.options.map((option) => option.value) };
  }
  return parameter.kind === "layers" ? { ...row, kind: "units" } : { ...row, kind: "range" };
}

/** A parameter's only value; undefined where it varies. */
function onlyValue(space: ParameterSpace): ParameterValue | undefined {
  if (typeof space !== "object" || space === null || Array.isArray(space)) return space;
  return "choice" in space && space.choice.length === 1 ? space.choice[0] : undefined;
}

/**
 * The configuration of a trial: what the sweep leaves alone, what the space
 * fixes, and the trial's own values. The sweep's seed stays, since it fixes
 * the split.
 */
export function configOf({ config, space }: SweepSpec, { params }: Trial): TrainingConfig {
  const fixed = Object.entries(space)
    .map(([name, value]) => [name, onlyValue(value)] as const)
    .filter(([, value]) => value !== undefined);
  return { ...config, ...(Object.fromEntries(fixed) as Partial<TrainingConfig>), ...(params as Partial<TrainingConfig>) };
}
