/**
 * What may stand in the sweep's form. Every value of a space is held against
 * the core's own table of bounds, in the core's words.
 */
import { z } from "zod";
import { formatCount, formatPlain } from "@ui/lib/format";
import type { Bound } from "../types";
import { PARAMETERS, type Parameter, type ParameterName } from "./sweep-parameters";
import { isOff, layoutParts, listParts, varies, type SpaceRow } from "./sweep-space";
import { toNumber } from "./training-form";
import { boundOf, complaint, layersComplaint } from "./training-schema";

export const MAX_TRIALS = 100_000;
/** Folds, or repeats of a holdout. */
const MAX_ROUNDS = 20;

type Complain = (field: keyof SpaceRow, message: string) => void;

/** Not in the core's table, since they belong to no single run. */
function whole(field: string, min: number, max: number): Bound {
  return { field, min, max, min_exclusive: false, max_exclusive: false, integer: true };
}

const LAYERS = whole("hidden_layers", 1, 64);

function valueComplaint(parameter: Parameter, bound: Bound | null, text: string): string | null {
  switch (parameter.kind) {
    case "name":
    case "switch":
      return parameter.options.some((option) => option.value === text)
        ? null
        : `${parameter.name} has no ${text}; it is one of ${parameter.options.map((option) => option.value).join(", ")}`;
    case "layers":
      return bound === null ? null : layersComplaint(bound, layoutParts(text));
    case "real":
    case "whole":
      return bound === null || isOff(parameter, text) ? null : complaint(bound, text);
  }
}

function checkChoice(parameter: Parameter, bound: Bound | null, row: SpaceRow, complain: Complain): void {
  const isNamed = parameter.options.length > 0;
  const field = isNamed ? "picked" : "choice";
  const texts = isNamed ? row.picked : listParts(row.choice, parameter.kind);
  if (texts.length === 0) {
    complain(field, `${parameter.name} has nothing to choose from`);
    return;
  }
  const wrong = texts.map((text) => valueComplaint(parameter, bound, text)).find((one) => one !== null);
  if (typeof wrong === "string") {
    complain(field, wrong);
    return;
  }
  const same = (text: string) =>
    parameter.kind === "layers" ? layoutParts(text).join("-") : isNamed || isOff(parameter, text) ? text : formatPlain(toNumber(text));
  const seen = new Set<string>();
  for (const text of texts.map(same)) {
    if (seen.has(text)) {
      complain(field, `${parameter.name} has ${text} twice`);
      return;
    }
    seen.add(text);
  }
}

/** Bounds of a range; `what` is named where the row is about units. */
function checkRange(bound: Bound, row: SpaceRow, complain: Complain): void {
  const { field } = bound;
  const [min, max] = [complaint(bound, row.min), complaint(bound, row.max)];
  if (min !== null) complain("min", min);
  if (max !== null) complain("max", max);
  if (min !== null || max !== null) return;
  if (toNumber(row.max) <= toNumber(row.min)) {
    complain("max", `${field} goes from ${formatPlain(toNumber(row.min))} to ${formatPlain(toNumber(row.max))}; the largest must be above the smallest`);
  }
  if (row.log && toNumber(row.min) <= 0) {
    complain("min", `${field} starts at ${formatPlain(toNumber(row.min))}; by order of magnitude it must start above 0`);
  }
  if (row.log || row.step.trim() === "") return;
  const step = toNumber(row.step);
  if (!(step > 0)) complain("step", `${field} has a step of ${row.step.trim()}; it must be above 0`);
  else if (bound.integer && !Number.isInteger(step)) {
    complain("step", `${field} has a step of ${row.step.trim()}; it must be a whole number`);
  }
}

function checkPair(bound: Bound, row: SpaceRow, low: "layersMin" | "taperMin", high: "layersMax" | "taperMax", complain: Complain): void {
  const [min, max] = [complaint(bound, row[low]), complaint(bound, row[high])];
  if (min !== null) complain(low, min);
  if (max !== null) complain(high, max);
  if (min === null && max === null && toNumber(row[high]) < toNumber(row[low])) {
    complain(high, `${bound.field}: the largest must not be below the smallest`);
  }
}

const TAPER: Bound = { field: "taper", min: 0, max: 1, min_exclusive: true, max_exclusive: false, integer: false };

function checkRow(parameter: Parameter, bound: Bound | null, row: SpaceRow, complain: Complain): void {
  switch (row.kind) {
    case "fixed": {
      const wrong = valueComplaint(parameter, bound, row.fixed);
      if (wrong !== null) complain("fixed", wrong);
      break;
    }
    case "choice":
      checkChoice(parameter, bound, row, complain);
      break;
    case "range":
      if (bound !== null) checkRange(bound, row, complain);
      break;
    case "units":
      checkPair({ ...LAYERS, field: "layers" }, row, "layersMin", "layersMax", complain);
      if (bound !== null) checkRange({ ...bound, field: "units" }, row, complain);
      if (row.taperMin.trim() !== "" || row.taperMax.trim() !== "") checkPair(TAPER, row, "taperMin", "taperMax", complain);
      break;
  }
}

const text = z.string();

const rowShape = z.object({
  name: z.enum(PARAMETERS.map((one) => one.name) as [ParameterName, ...ParameterName[]]),
  kind: z.enum(["fixed", "choice", "range", "units"]),
  fixed: text,
  choice: text,
  picked: z.array(text),
  min: text,
  max: text,
  log: z.boolean(),
  step: text,
  layersMin: text,
  layersMax: text,
  taperMin: text,
  taperMax: text,
  when: z.record(text, z.array(z.union([z.boolean(), z.number(), text, z.array(z.number()), z.null()]))).nullable(),
});

function rowSchema(bounds: readonly Bound[]) {
  return rowShape.check((context) => {
    const row = context.value;
    const parameter = PARAMETERS.find((one) => one.name === row.name);
    if (parameter === undefined) return;
    const isNumeric = parameter.kind !== "name" && parameter.kind !== "switch";
    checkRow(parameter, isNumeric ? boundOf(bounds, row.name) : null, row, (field, message) => {
      context.issues.push({ code: "custom", message, path: [field], input: row });
    });
  });
}

function numberText(bound: Bound) {
  return z.string().check((context) => {
    const message = complaint(bound, context.value);
    if (message !== null) context.issues.push({ code: "custom", message, input: context.value });
  });
}

/** The sweep form's schema for the core's bounds. */
export function sweepSchema(bounds: readonly Bound[]) {
  const top = whole("top", 1, 50);
  const seeds = whole("seeds", 2, 50);
  const rounds = { k_fold: whole("folds", 2, MAX_ROUNDS), repeated_holdout: whole("repeats", 2, MAX_ROUNDS), holdout: null };
  return z
    .object({
      rows: z.array(rowSchema(bounds)),
      sampler: z.enum(["grid", "random", "sobol", "tpe"]),
      pruner: z.enum(["none", "halving", "hyperband", "median"]),
      n_trials: numberText(whole("n_trials", 1, MAX_TRIALS)),
      objective: z.enum(["auto", "accuracy", "macro_f1", "log_loss", "roc_auc", "rmse", "mae", "r2"]),
      judged_epoch: z.enum(["best", "last"]),
      judged_on: z.enum(["holdout", "k_fold", "repeated_holdout"]),
      rounds: text,
      confirms: z.boolean(),
      top: text,
      seeds: text,
      both: z.boolean(),
      failure_cap: numberText(whole("failure_cap", 1, MAX_TRIALS)),
      jsonTrouble: z.string().check((context) => {
        if (context.value !== "") context.issues.push({ code: "custom", message: context.value, input: context.value });
      }),
    })
    .check((context) => {
      const { value, issues } = context;
      if (!value.rows.some(varies)) {
        issues.push({
          code: "custom",
          message: "Nothing varies: make at least one parameter a choice of several values, or a range",
          path: ["space"],
          input: value,
        });
      }
      const bound = rounds[value.judged_on];
      const trouble = bound === null ? null : complaint(bound, value.rounds);
      if (trouble !== null) issues.push({ code: "custom", message: trouble, path: ["rounds"], input: value });
      if (!value.confirms) return;
      for (const [field, bound] of [["top", top], ["seeds", seeds]] as const) {
        const message = complaint(bound, value[field]);
        if (message !== null) issues.push({ code: "custom", message, path: [field], input: value });
      }
      const trials = toNumber(value.n_trials);
      if (toNumber(value.top) > trials) {
        issues.push({
          code: "custom",
          message: `top is ${value.top.trim()}, more than the ${formatCount(trials)} trials there are`,
          path: ["top"],
          input: value,
        });
      }
    });
}
