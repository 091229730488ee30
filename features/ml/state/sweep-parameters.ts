/** Settings that a sweep may vary, in the order in which they are shown. What a row of the form says of one is `sweep-space`'s business. */
import type { TrainingConfig } from "../types";

export type ParameterName = Exclude<
  keyof TrainingConfig,
  | "features"
  | "exclude"
  | "task"
  | "test_fraction"
  | "validation_fraction"
  | "split"
  | "split_column"
  | "drop_duplicates"
  | "seed"
  | "time_limit_secs"
>;

export type ParameterKind = "layers" | "real" | "whole" | "name" | "switch";

export interface Parameter {
  name: ParameterName;
  label: string;
  kind: ParameterKind;
  /** Shown in every sweep's form from the start. */
  isUsual: boolean;
  /** The values of a name or a switch, as they stand in JSON. */
  options: readonly { value: string; label: string }[];
  /** May be left out, which is typed as "off" and is null in JSON. */
  canBeOff: boolean;
  /** Matters only where another parameter has one of these values. */
  onlyWith: { name: ParameterName; values: readonly string[] } | null;
  /** What a range is likely to be. */
  suggestion: { min: string; max: string; log: boolean };
}

const ON_OFF = [
  { value: "true", label: "on" },
  { value: "false", label: "off" },
];

function named(values: Record<string, string>): Parameter["options"] {
  return Object.entries(values).map(([value, label]) => ({ value, label }));
}

function parameter(
  name: ParameterName,
  label: string,
  kind: ParameterKind,
  more: Partial<Omit<Parameter, "name" | "label" | "kind">> = {},
): Parameter {
  return {
    name,
    label,
    kind,
    isUsual: false,
    options: kind === "switch" ? ON_OFF : [],
    canBeOff: false,
    onlyWith: null,
    suggestion: { min: "", max: "", log: false },
    ...more,
  };
}

export const PARAMETERS: readonly Parameter[] = [
  parameter("learning_rate", "Learning rate", "real", {
    isUsual: true,
    suggestion: { min: "0.0001", max: "0.03", log: true },
  }),
  parameter("batch_size", "Batch size", "whole", { isUsual: true, suggestion: { min: "32", max: "256", log: true } }),
  parameter("hidden_layers", "Hidden layers", "layers", {
    isUsual: true,
    suggestion: { min: "16", max: "128", log: true },
  }),
  parameter("epochs", "Epochs", "whole", { isUsual: true, suggestion: { min: "10", max: "50", log: false } }),
  parameter("dropout", "Dropout", "real", { isUsual: true, suggestion: { min: "0", max: "0.5", log: false } }),
  parameter("weight_decay", "Weight decay", "real", {
    isUsual: true,
    suggestion: { min: "0.000001", max: "0.01", log: true },
  }),
  parameter("activation", "Activation", "name", {
    isUsual: true,
    options: named({ relu: "ReLU", tanh: "Tanh", sigmoid: "Sigmoid", gelu: "GELU", silu: "SiLU" }),
  }),
  parameter("optimizer", "Optimizer", "name", {
    isUsual: true,
    options: named({ adam: "Adam", adamw: "AdamW", sgd: "SGD", rmsprop: "RMSprop" }),
  }),
  parameter("momentum", "Momentum", "real", {
    onlyWith: { name: "optimizer", values: ["sgd", "rmsprop"] },
    suggestion: { min: "0", max: "0.95", log: false },
  }),
  parameter("nesterov", "Nesterov", "switch", { onlyWith: { name: "optimizer", values: ["sgd"] } }),
  parameter("batch_norm", "Batch norm", "switch"),
  parameter("lr_schedule", "Schedule", "name", {
    options: named({ constant: "Constant", step: "Step", cosine: "Cosine", one_cycle: "One cycle" }),
  }),
  parameter("lr_step_epochs", "Epochs per step", "whole", {
    onlyWith: { name: "lr_schedule", values: ["step"] },
    suggestion: { min: "5", max: "20", log: false },
  }),
  parameter("lr_step_factor", "Factor per step", "real", {
    onlyWith: { name: "lr_schedule", values: ["step"] },
    suggestion: { min: "0.1", max: "0.5", log: false },
  }),
  parameter("warmup_epochs", "Warm-up epochs", "whole", {
    onlyWith: { name: "lr_schedule", values: ["constant", "step", "cosine"] },
    suggestion: { min: "0", max: "5", log: false },
  }),
  parameter("gradient_clip_norm", "Gradient clip norm", "real", {
    canBeOff: true,
    suggestion: { min: "0.1", max: "10", log: true },
  }),
  parameter("early_stopping_patience", "Early stopping after", "whole", {
    canBeOff: true,
    suggestion: { min: "3", max: "10", log: false },
  }),
  parameter("class_weighting", "Class weights", "name", { options: named({ none: "None", balanced: "Balanced" }) }),
];

const BY_NAME = new Map<string, Parameter>(PARAMETERS.map((one) => [one.name, one]));

export function parameterOf(name: string): Parameter | undefined {
  return BY_NAME.get(name);
}

/** A parameter as people call it; its key where it is none of ours. */
export function parameterLabel(name: string): string {
  return BY_NAME.get(name)?.label ?? name;
}
