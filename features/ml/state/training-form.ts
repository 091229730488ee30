/** What the training form holds, and how it becomes a configuration. What may stand in it is `training-schema`'s business. */
import { formatPlain } from "@ui/lib/format";
import type {
  Activation,
  ClassWeighting,
  Dataset,
  LrSchedule,
  Optimizer,
  SplitKind,
  Task,
  TrainingConfig,
} from "../types";

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
  split: SplitKind;
  /** What the split goes by; empty for the random one. */
  split_column: string;
  drop_duplicates: boolean;
  seed: string;
  time_limit_secs: string;
}

/** Settings that decide what is learnt, from which columns and on which rows. */
export const DATA_SETTINGS = [
  "target",
  "task",
  "features",
  "test_fraction",
  "validation_fraction",
  "split",
  "split_column",
  "drop_duplicates",
] as const satisfies readonly (keyof FormValues)[];

/** A comma is what many people type for a point. */
export function toNumber(text: string): number {
  const plain = text.trim().replace(",", ".");
  return plain === "" ? Number.NaN : Number(plain);
}

/** Layers apart by commas, spaces, or both. */
export function layersOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== "");
}

/** The box is only there for sgd, and what is not there does not count. */
export function usesNesterov({ nesterov, optimizer }: Pick<FormValues, "nesterov" | "optimizer">): boolean {
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

/** What a table is split by, as the form holds it. */
export type SplitChoice = Pick<FormValues, "split" | "split_column">;

/** The column that the rows are split by; null for a split at random, and before one is chosen. */
export function splitColumnOf({ split, split_column }: SplitChoice): string | null {
  return split === "random" || split_column === "" ? null : split_column;
}

/** Columns that are learnt from unless a person says otherwise, with this target and this split. */
function usualFeatures(dataset: Dataset, target: string, choice: SplitChoice): string[] {
  const splitColumn = splitColumnOf(choice);
  return defaultFeatures(dataset, target).filter((name) => name !== splitColumn);
}

/**
 * The content with another split. What the split goes by is not learnt from
 * unless a person ticks it; what it went by before is ticked again.
 */
export function withSplit(values: FormValues, choice: SplitChoice, dataset: Dataset): FormValues {
  const [before, after] = [splitColumnOf(values), splitColumnOf(choice)];
  const features = values.features.filter((name) => name !== after);
  const isBack = before !== null && before !== after && !features.includes(before);
  if (isBack && defaultFeatures(dataset, values.target).includes(before)) features.push(before);
  return { ...values, ...choice, features };
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
    split: config.split,
    split_column: config.split_column ?? "",
    drop_duplicates: config.drop_duplicates,
    seed: formatPlain(config.seed),
    time_limit_secs: formatPlain(config.time_limit_secs),
  };
}

/** Starting content for a dataset; settings stay as they were where there were any. */
export function formFor(dataset: Dataset, config: TrainingConfig, before: FormValues | null): FormValues {
  const target = defaultTarget(dataset);
  const settings = before ?? settingsOf(config);
  const isThere = settings.split !== "random" && dataset.columns.some((column) => column.name === settings.split_column);
  // Another table has other columns to split by.
  const choice: SplitChoice =
    isThere && settings.split_column !== target ? settings : { split: "random", split_column: "" };
  return {
    ...settings,
    split: choice.split,
    split_column: choice.split_column,
    target,
    task: "auto",
    features: usualFeatures(dataset, target, choice),
  };
}

/** Columns that a configuration learns from, whether it names them or leaves them open. */
export function learntFrom(dataset: Dataset, target: string, config: TrainingConfig): string[] {
  const left = new Set(config.exclude);
  const usual = () => usualFeatures(dataset, target, { split: config.split, split_column: config.split_column ?? "" });
  return (config.features ?? usual()).filter((name) => !left.has(name));
}

/** The content that would start a run's configuration again. */
export function formAgain(dataset: Dataset, target: string, config: TrainingConfig): FormValues {
  const features = learntFrom(dataset, target, config);
  return { ...settingsOf(config), target, task: config.task ?? "auto", features };
}

/** A configuration from content that the schema has accepted. */
export function toConfig(values: FormValues, dataset: Dataset): TrainingConfig {
  const optional = (text: string) => (text.trim() === "" ? null : toNumber(text));
  const usual = usualFeatures(dataset, values.target, values);
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
    split: values.split,
    split_column: values.split === "random" ? null : values.split_column,
    drop_duplicates: values.drop_duplicates,
    seed: toNumber(values.seed),
    features,
    exclude,
    task: values.task === "auto" ? null : values.task,
    time_limit_secs: optional(values.time_limit_secs),
  };
}
