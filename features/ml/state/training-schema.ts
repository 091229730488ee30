/**
 * What may stand in the training form. The schema is made from the core's own
 * table of bounds, and its messages are worded as the core's are, so that the
 * form refuses exactly what the core would.
 */
import { z } from "zod";
import { formatPlain } from "@ui/lib/format";
import type { Bound } from "../types";
import { layersOf, splitColumnOf, toNumber, usesNesterov, type FormValues } from "./training-form";

const MAX_HIDDEN_LAYERS = 64;

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

/** The core's bounds of a setting. */
export function boundOf(bounds: readonly Bound[], field: string): Bound {
  const bound = bounds.find((one) => one.field === field);
  if (bound === undefined) throw new Error(`the core has no bounds for ${field}`);
  return bound;
}

/** What is wrong with a number as typed, in the core's words; null where nothing is. */
export function complaint(bound: Bound, text: string): string | null {
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

/** What is wrong with the units of layers as typed; null where nothing is. */
export function layersComplaint(bound: Bound, layers: readonly string[]): string | null {
  if (layers.length > MAX_HIDDEN_LAYERS) {
    return `hidden_layers has ${layers.length} layers; at most ${MAX_HIDDEN_LAYERS} are supported`;
  }
  return layers.map((layer) => complaint(bound, layer)).find((one) => one !== null) ?? null;
}

function layersText(bound: Bound) {
  return z.string().check((context) => {
    const message = layersComplaint(bound, layersOf(context.value));
    if (message !== null) context.issues.push({ code: "custom", message, input: context.value });
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
      split: z.enum(["random", "by_time", "by_group", "by_column"]),
      split_column: z.string(),
      drop_duplicates: z.boolean(),
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
      if (value.split !== "random" && value.split_column === "") {
        complain("split_column", "Choose the column to split by");
      }
      if (splitColumnOf(value) === value.target) {
        complain("split_column", `${value.target} is the target, so rows cannot be split by it`);
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
