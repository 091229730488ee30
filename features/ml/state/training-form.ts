/**
 * What the training form holds, and how it becomes a configuration. The schema
 * is made from the core's own table of bounds, and its messages are worded as
 * the core's are, so that the form refuses exactly what the core would.
 */
import { z } from "zod";
import { formatPlain } from "@ui/lib/format";
import type {
  Activation,
  Bound,
  ClassWeighting,
  Dataset,
  LrSchedule,
  Optimizer,
  Task,
  TrainingConfig,
} from "../types";

const MAX_HIDDEN_LAYERS = 64;

/** As typed: numbers are text until they are checked. */
export interface FormValues {
  target: string;
  task: "auto" | Task;
  /** Columns ticked, beside the target. */
  features: string[];
  hidden_layers: string;
  activation: Activation;
  dropout: string;
  batch_norm: boolean;
  optimizer: Optimizer;
  learning_rate: string;
  momentum: string;
  nesterov: boolean;
  weight_decay: string;
  lr_schedule: LrSchedule;
  lr_step_epochs: string;
  lr_step_factor: string;
  warmup_epochs: string;
  gradient_clip_norm: string;
  batch_size: string;
  epochs: string;
  early_stopping_patience: string;
  class_weighting: ClassWeighting;
  test_fraction: string;
  validation_fraction: string;
  seed: string;
  time_limit_secs: string;
}

/** "above 0 and at most 1000", as the core says it. */
export function boundInWords(bound: Bound): string {
  const low = bound.min_exclusive ? "above" : "at least";
  const high = bound.max_exclusive ? "below" : "at most";
  return `${bound.integer ? "a whole number, " : ""}${low} ${formatPlain(bound.min)} and ${high} ${formatPlain(bound.max)}`;
}

export function allows(bound: Bound, value: number): boolean {
  const min = bound.min ?? -Infinity;
  const max = bound.max ?? Infinity;
  const low = bound.min_exclusive ? value > min : value >= min;
  const high = bound.max_exclusive ? value < max : value <= max;
  return low && high && (!bound.integer || Number.isInteger(value));
}

/** A comma is what many people type for a point. */
function toNumber(text: string): number {
  const plain = text.trim().replace(",", ".");
  return plain === "" ? Number.NaN : Number(plain);
}

function boundOf(bounds: readonly Bound[], field: string): Bound {
  const bound = bounds.find((one) => one.field === field);
  if (bound === undefined) throw new Error(`the core has no bounds for ${field}`);
  return bound;
}

/** What is wrong with a number as typed, in the core's words; null where nothing is. */
function complaint(bound: Bound, text: string): string | null {
  const value = toNumber(text);
  if (allows(bound, value)) return null;
  const given = text.trim() === "" ? "empty" : Number.isNaN(value) ? `“${text.trim()}”` : formatPlain(value);
  return `${bound.field} is ${given}; it must be ${boundInWords(bound)}`;
}

function numberText(bound: Bound) {
  return z.string().check((context) => {
    const message = complaint(bound, context.value);
    if (message !== null) context.issues.push({ code: "custom", message, input: context.value });
  });
}

/** Nothing typed means that the setting is not used. */
function optionalNumberText(bound: Bound) {
  return z.string().check((context) => {
    if (context.value.trim() === "") return;
    const message = complaint(bound, context.value);
    if (message !== null) context.issues.push({ code: "custom", message, input: context.value });
  });
}

/** Layers apart by commas, spaces, or both. */
export function layersOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== "");
}

function layersText(bound: Bound) {
  return z.string().check((context) => {
    const layers = layersOf(context.value);
    const message =
      layers.length > MAX_HIDDEN_LAYERS
        ? `hidden_layers has ${layers.length} layers; at most ${MAX_HIDDEN_LAYERS} are supported`
        : layers.map((layer) => complaint(bound, layer)).find((one) => one !== null);
    if (typeof message === "string") context.issues.push({ code: "custom", message, input: context.value });
  });
}

/** The form's schema for the core's bounds. */
export function formSchema(bounds: readonly Bound[]) {
  const number = (field: string) => numberText(boundOf(bounds, field));
  const optional = (field: string) => optionalNumberText(boundOf(bounds, field));
  return z
    .object({
      target: z.string().min(1, "Choose the column to predict"),
      task: z.enum(["auto", "classification", "regression"]),
      features: z.array(z.string()).min(1, "Tick at least one column to learn from"),
      hidden_layers: layersText(boundOf(bounds, "hidden_layers")),
      activation: z.enum(["relu", "tanh", "sigmoid", "gelu", "silu"]),
      dropout: number("dropout"),
      batch_norm: z.boolean(),
      optimizer: z.enum(["sgd", "adam", "adamw", "rmsprop"]),
      learning_rate: number("learning_rate"),
      momentum: number("momentum"),
      nesterov: z.boolean(),
      weight_decay: number("weight_decay"),
      lr_schedule: z.enum(["constant", "step", "cosine", "one_cycle"]),
      lr_step_epochs: number("lr_step_epochs"),
      lr_step_factor: number("lr_step_factor"),
      warmup_epochs: number("warmup_epochs"),
      gradient_clip_norm: optional("gradient_clip_norm"),
      batch_size: number("batch_size"),
      epochs: number("epochs"),
      early_stopping_patience: optional("early_stopping_patience"),
      class_weighting: z.enum(["none", "balanced"]),
      test_fraction: number("test_fraction"),
      validation_fraction: number("validation_fraction"),
      seed: number("seed"),
      time_limit_secs: optional("time_limit_secs"),
    })
    .check((context) => {
      const { value, issues } = context;
      const complain = (field: keyof FormValues, message: string) => {
        issues.push({ code: "custom", message, path: [field], input: value });
      };
      const test = toNumber(value.test_fraction);
      const validation = toNumber(value.validation_fraction);
      if (test + validation >= 1) {
        complain(
          "validation_fraction",
          `test_fraction ${formatPlain(test)} and validation_fraction ${formatPlain(validation)} leave no rows to train on; their sum must be below 1`,
        );
      }
      if (usesNesterov(value) && !(toNumber(value.momentum) > 0)) {
        complain("momentum", "nesterov needs the sgd optimizer and a momentum above 0");
      }
      if (value.early_stopping_patience.trim() !== "" && validation === 0) {
        complain(
          "early_stopping_patience",
          "early_stopping_patience needs validation rows; set validation_fraction above 0",
        );
      }
    });
}

/** The box is only there for sgd, and what is not there does not count. */
function usesNesterov({ nesterov, optimizer }: Pick<FormValues, "nesterov" | "optimizer">): boolean {
  return nesterov && optimizer === "sgd";
}

/** The task that a target suggests, by the core's rule; null for a column that is not there. */
export function suggestedTask(dataset: Dataset, target: string): Task | null {
  const column = dataset.columns.find((one) => one.name === target);
  if (column === undefined) return null;
  return column.kind === "numeric" && column.distinct > 20 ? "regression" : "classification";
}

/** Columns that are learnt from unless a person says otherwise. */
export function defaultFeatures(dataset: Dataset, target: string): string[] {
  return dataset.columns
    .filter((column) => column.excluded_because === null && column.name !== target)
    .map((column) => column.name);
}

/** A target to start with: the dataset's own, else its last column that is fit for one. */
export function defaultTarget(dataset: Dataset): string {
  const fit = dataset.columns.filter((column) => column.excluded_because === null);
  return dataset.default_target ?? fit.at(-1)?.name ?? "";
}

type Settings = Omit<FormValues, "target" | "task" | "features">;

function settingsOf(config: TrainingConfig): Settings {
  return {
    hidden_layers: config.hidden_layers.join(", "),
    activation: config.activation,
    dropout: formatPlain(config.dropout),
    batch_norm: config.batch_norm,
    optimizer: config.optimizer,
    learning_rate: formatPlain(config.learning_rate),
    momentum: formatPlain(config.momentum),
    nesterov: config.nesterov,
    weight_decay: formatPlain(config.weight_decay),
    lr_schedule: config.lr_schedule,
    lr_step_epochs: formatPlain(config.lr_step_epochs),
    lr_step_factor: formatPlain(config.lr_step_factor),
    warmup_epochs: formatPlain(config.warmup_epochs),
    gradient_clip_norm: formatPlain(config.gradient_clip_norm),
    batch_size: formatPlain(config.batch_size),
    epochs: formatPlain(config.epochs),
    early_stopping_patience: formatPlain(config.early_stopping_patience),
    class_weighting: config.class_weighting,
    test_fraction: formatPlain(config.test_fraction),
    validation_fraction: formatPlain(config.validation_fraction),
    seed: formatPlain(config.seed),
    time_limit_secs: formatPlain(config.time_limit_secs),
  };
}

/** Starting content for a dataset; settings stay as they were where there were any. */
export function formFor(dataset: Dataset, config: TrainingConfig, before: FormValues | null): FormValues {
  const target = defaultTarget(dataset);
  const about = { target, task: "auto" as const, features: defaultFeatures(dataset, target) };
  return { ...(before ?? settingsOf(config)), ...about };
}

/** The content that would start a run's configuration again. */
export function formAgain(dataset: Dataset, target: string, config: TrainingConfig): FormValues {
  const left = new Set(config.exclude);
  const features = (config.features ?? defaultFeatures(dataset, target)).filter((name) => !left.has(name));
  return { ...settingsOf(config), target, task: config.task ?? "auto", features };
}

/** A configuration from content that the schema has accepted. */
export function toConfig(values: FormValues, dataset: Dataset): TrainingConfig {
  const optional = (text: string) => (text.trim() === "" ? null : toNumber(text));
  const usual = defaultFeatures(dataset, values.target);
  const ticked = new Set(values.features.filter((name) => name !== values.target));
  const isBeyondUsual = [...ticked].some((name) => !usual.includes(name));
  // Fewer than usual is said by what is left out, as a person would in a file;
  // only columns that are left out by default have to be asked for by name.
  const features = isBeyondUsual ? dataset.columns.map((c) => c.name).filter((name) => ticked.has(name)) : null;
  const exclude = isBeyondUsual ? [] : usual.filter((name) => !ticked.has(name));
  return {
    hidden_layers: layersOf(values.hidden_layers).map(toNumber),
    activation: values.activation,
    dropout: toNumber(values.dropout),
    batch_norm: values.batch_norm,
    optimizer: values.optimizer,
    learning_rate: toNumber(values.learning_rate),
    momentum: toNumber(values.momentum),
    nesterov: usesNesterov(values),
    weight_decay: toNumber(values.weight_decay),
    lr_schedule: values.lr_schedule,
    lr_step_epochs: toNumber(values.lr_step_epochs),
    lr_step_factor: toNumber(values.lr_step_factor),
    warmup_epochs: toNumber(values.warmup_epochs),
    gradient_clip_norm: optional(values.gradient_clip_norm),
    batch_size: toNumber(values.batch_size),
    epochs: toNumber(values.epochs),
    early_stopping_patience: optional(values.early_stopping_patience),
    class_weighting: values.class_weighting,
    test_fraction: toNumber(values.test_fraction),
    validation_fraction: toNumber(values.validation_fraction),
    seed: toNumber(values.seed),
    features,
    exclude,
    task: values.task === "auto" ? null : values.task,
    time_limit_secs: optional(values.time_limit_secs),
  };
}
