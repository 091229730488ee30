/**
 * The space of a sweep as rows of a form and as JSON, and the way from each to
 * the other, on which nothing is lost. What may stand in a row is
 * `sweep-schema`'s business.
 */
import { formatPlain } from "@ui/lib/format";
import type { Condition, ParameterSpace, ParameterValue, SearchSpace, TrainingConfig } from "../types";
import { PARAMETERS, parameterOf, type Parameter, type ParameterName } from "./sweep-parameters";
import { toNumber } from "./training-form";

/** `units` is for hidden layers alone: layers times units. */
export type RowKind = "fixed" | "choice" | "range" | "units";

/** One parameter as typed. Each kind has its own fields, so that going to and fro between kinds loses nothing. */
export interface SpaceRow {
  name: ParameterName;
  kind: RowKind;
  fixed: string;
  /** A list, apart by commas; hidden layers as `64-64, 128`. */
  choice: string;
  /** The values ticked of a name or a switch. */
  picked: string[];
  /** Of numbers; of units where the kind is `units`. */
  min: string;
  max: string;
  log: boolean;
  /** Nothing typed means none. */
  step: string;
  layersMin: string;
  layersMax: string;
  /** Nothing typed in either means that all layers are as wide as the first. */
  taperMin: string;
  taperMax: string;
  /** A condition other than the parameter's own, which comes by itself. */
  when: Condition | null;
}

const OFF = "off";
const LINEAR = "linear";

/** "64-64", or "linear" for none. */
export function layoutText(layers: readonly number[]): string {
  return layers.length === 0 ? LINEAR : layers.join("-");
}

/** Parts of a list as typed; layers within a layout may be apart by spaces. */
export function listParts(text: string, kind: Parameter["kind"]): string[] {
  const parts = kind === "layers" ? text.split(/[,;]/) : text.split(/[\s,;]+/);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** Units of each layer as typed, for one layout. */
export function layoutParts(text: string): string[] {
  if (text.trim().toLowerCase() === LINEAR) return [];
  return text.split(/[-\s,;×x]+/).filter((part) => part !== "");
}

export function isOff(parameter: Parameter, text: string): boolean {
  return parameter.canBeOff && [OFF, "none", ""].includes(text.trim().toLowerCase());
}

/** A value as it is typed. */
export function valueText(value: ParameterValue | undefined): string {
  if (value === null || value === undefined) return OFF;
  if (Array.isArray(value)) return layoutText(value);
  return typeof value === "number" ? formatPlain(value) : String(value);
}

/** Below it, noughts would fill a column. */
const SMALLEST_PLAIN = 1e-5;

/** A value to read rather than to type: as many digits as tell trials apart. */
export function shortValueText(value: ParameterValue | undefined): string {
  if (typeof value !== "number" || Number.isInteger(value)) return valueText(value);
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) < SMALLEST_PLAIN ? rounded.toExponential() : formatPlain(rounded);
}

function typedValue(parameter: Parameter, text: string): ParameterValue {
  switch (parameter.kind) {
    case "layers":
      return layoutParts(text).map(toNumber);
    case "name":
      return text;
    case "switch":
      return text === "true";
    case "real":
    case "whole":
      return isOff(parameter, text) ? null : toNumber(text);
  }
}

/** A row that holds the configuration's value, ready to be varied. */
export function rowFor(name: ParameterName, config: TrainingConfig): SpaceRow {
  const parameter = parameterOf(name);
  const now = valueText(config[name] as ParameterValue);
  const suggestion = parameter?.suggestion ?? { min: "", max: "", log: false };
  return {
    name,
    kind: "fixed",
    fixed: now,
    choice: now,
    picked: [now],
    min: suggestion.min,
    max: suggestion.max,
    log: suggestion.log,
    step: "",
    layersMin: "1",
    layersMax: "3",
    taperMin: "",
    taperMax: "",
    when: null,
  };
}

function sameSet(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

/**
 * The parameter's own condition, where the other parameter varies over values
 * with which it matters and values with which it does not.
 */
function ownCondition(parameter: Parameter, rows: readonly SpaceRow[]): Condition | null {
  const { onlyWith } = parameter;
  if (onlyWith === null) return null;
  const other = rows.find((row) => row.name === onlyWith.name);
  if (other?.kind !== "choice") return null;
  const fit = other.picked.filter((value) => onlyWith.values.includes(value));
  return fit.length > 0 && fit.length < other.picked.length ? { [onlyWith.name]: fit } : null;
}

/** The condition under which a row matters; null where it always does. */
export function conditionOf(row: SpaceRow, rows: readonly SpaceRow[]): Condition | null {
  const parameter = parameterOf(row.name);
  if (row.kind === "fixed" || row.kind === "units" || parameter === undefined) return null;
  return row.when ?? ownCondition(parameter, rows);
}

/** "optimizer is sgd or rmsprop" */
export function conditionInWords(condition: Condition): string {
  return Object.entries(condition)
    .map(([name, values]) => `${name} is ${values.map(valueText).join(" or ")}`)
    .join(" and ");
}

function spaceOfRow(row: SpaceRow, rows: readonly SpaceRow[]): ParameterSpace {
  const parameter = parameterOf(row.name);
  if (parameter === undefined) return null;
  const condition = conditionOf(row, rows);
  const when = condition === null ? {} : { when: condition };
  const step = row.step.trim() === "" || row.log ? {} : { step: toNumber(row.step) };
  const log = row.log ? { log: true } : {};
  switch (row.kind) {
    case "fixed":
      return typedValue(parameter, row.fixed);
    case "choice": {
      const texts = parameter.options.length > 0 ? row.picked : listParts(row.choice, parameter.kind);
      return { choice: texts.map((text) => typedValue(parameter, text)), ...when };
    }
    case "range": {
      const bounds: [number, number] = [toNumber(row.min), toNumber(row.max)];
      return parameter.kind === "whole" ? { int: bounds, ...log, ...step, ...when } : { float: bounds, ...log, ...step, ...when };
    }
    case "units": {
      const hasTaper = row.taperMin.trim() !== "" || row.taperMax.trim() !== "";
      return {
        layers: [toNumber(row.layersMin), toNumber(row.layersMax)],
        units: [toNumber(row.min), toNumber(row.max)],
        ...log,
        ...step,
        ...(hasTaper ? { taper: [toNumber(row.taperMin), toNumber(row.taperMax)] as [number, number] } : {}),
      };
    }
  }
}

/** The space that rows accepted by the schema stand for. */
export function toSpace(rows: readonly SpaceRow[]): SearchSpace {
  return Object.fromEntries(rows.map((row) => [row.name, spaceOfRow(row, rows)]));
}

/** Whether a row is more than one value. */
export function varies(row: SpaceRow): boolean {
  if (row.kind !== "choice") return row.kind !== "fixed";
  const parameter = parameterOf(row.name);
  if (parameter === undefined) return false;
  return (parameter.options.length > 0 ? row.picked : listParts(row.choice, parameter.kind)).length > 1;
}

/** As a person would write it: one parameter a line. */
export function spaceText(space: SearchSpace): string {
  const lines = Object.entries(space).map(([name, value]) => {
    const text = JSON.stringify(value).replaceAll(/([,:])(?=[^\s])/g, "$1 ");
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n}`;
}

/** A space cannot be read; the message names the parameter. */
export class SpaceError extends Error {}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pairOf(name: string, key: string, value: unknown): [string, string] {
  if (Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "number")) {
    return [formatPlain(value[0] as number), formatPlain(value[1] as number)];
  }
  throw new SpaceError(`${name}: ${key} takes two numbers, the smallest and the largest`);
}

function allowKeys(name: string, value: Record<string, unknown>, keys: readonly string[]): void {
  const stranger = Object.keys(value).find((key) => !keys.includes(key));
  if (stranger !== undefined) throw new SpaceError(`${name}: there is no ${stranger} here; its keys are ${keys.join(", ")}`);
}

function plainValue(parameter: Parameter, value: unknown): string {
  const { name, kind, canBeOff } = parameter;
  const isFit =
    kind === "layers"
      ? Array.isArray(value) && value.every((one) => typeof one === "number")
      : kind === "name"
        ? typeof value === "string"
        : kind === "switch"
          ? typeof value === "boolean"
          : typeof value === "number" || (value === null && canBeOff);
  if (isFit) return valueText(value as ParameterValue);
  const wanted = {
    layers: "a list of units, as [64, 64]",
    name: `one of ${parameter.options.map((option) => option.value).join(", ")}`,
    switch: "true or false",
    real: canBeOff ? "a number or null" : "a number",
    whole: canBeOff ? "a whole number or null" : "a whole number",
  }[kind];
  throw new SpaceError(`${name}: ${JSON.stringify(value)} does not fit; it takes ${wanted}`);
}

function optionalNumber(name: string, key: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return formatPlain(value);
  throw new SpaceError(`${name}: ${key} takes a number`);
}

function flag(name: string, key: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === "boolean") return value;
  throw new SpaceError(`${name}: ${key} is true or false`);
}

function conditionFrom(name: string, value: unknown): Condition | null {
  if (value === undefined || value === null) return null;
  if (isObject(value) && Object.values(value).every((one) => Array.isArray(one))) return value as Condition;
  throw new SpaceError(`${name}: when takes lists of values by parameter, as {"optimizer": ["sgd"]}`);
}

function rowFrom(name: string, value: unknown, config: TrainingConfig): SpaceRow {
  const parameter = parameterOf(name);
  if (parameter === undefined) {
    throw new SpaceError(`there is no parameter ${name}; what varies is ${PARAMETERS.map((one) => one.name).join(", ")}`);
  }
  const row = rowFor(parameter.name, config);
  if (!isObject(value)) {
    const fixed = plainValue(parameter, value);
    return { ...row, kind: "fixed", fixed, choice: fixed, picked: [fixed] };
  }
  if ("choice" in value) {
    allowKeys(name, value, ["choice", "when"]);
    if (!Array.isArray(value.choice)) throw new SpaceError(`${name}: choice takes a list`);
    const texts = value.choice.map((one) => plainValue(parameter, one));
    return { ...row, kind: "choice", choice: texts.join(", "), picked: texts, when: conditionFrom(name, value.when) };
  }
  const key = parameter.kind === "whole" ? "int" : "float";
  if ((parameter.kind === "real" || parameter.kind === "whole") && key in value) {
    allowKeys(name, value, [key, "log", "step", "when"]);
    const [min, max] = pairOf(name, key, value[key]);
    return {
      ...row,
      kind: "range",
      min,
      max,
      log: flag(name, "log", value.log),
      step: optionalNumber(name, "step", value.step),
      when: conditionFrom(name, value.when),
    };
  }
  if (parameter.kind === "layers" && ("layers" in value || "units" in value)) {
    allowKeys(name, value, ["layers", "units", "log", "step", "taper"]);
    const [layersMin, layersMax] = pairOf(name, "layers", value.layers);
    const [min, max] = pairOf(name, "units", value.units);
    const [taperMin, taperMax] =
      value.taper === undefined || value.taper === null ? ["", ""] : pairOf(name, "taper", value.taper);
    return {
      ...row,
      kind: "units",
      layersMin,
      layersMax,
      min,
      max,
      taperMin,
      taperMax,
      log: flag(name, "log", value.log),
      step: optionalNumber(name, "step", value.step),
    };
  }
  const ways = {
    layers: "choice, or layers with units",
    real: "choice or float",
    whole: "choice or int",
    name: "choice",
    switch: "choice",
  }[parameter.kind];
  throw new SpaceError(`${name}: a plain value, or an object with ${ways}`);
}

/**
 * The rows that a text stands for, in its order. A condition that comes by
 * itself is not kept as one of the person's own.
 */
export function rowsFrom(text: string, config: TrainingConfig): SpaceRow[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (caught) {
    throw new SpaceError(`This is not JSON: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
  if (!isObject(parsed)) throw new SpaceError("A space is an object: parameters and what each may be");
  const rows = Object.entries(parsed).map(([name, value]) => rowFrom(name, value, config));
  return rows.map((row) => {
    const parameter = parameterOf(row.name);
    const own = parameter === undefined ? null : ownCondition(parameter, rows);
    return row.when !== null && own !== null && sameCondition(row.when, own) ? { ...row, when: null } : row;
  });
}

function sameCondition(a: Condition, b: Condition): boolean {
  const names = Object.keys(a);
  return (
    sameSet(names, Object.keys(b)) && names.every((name) => sameSet(a[name] ?? [], b[name] ?? []))
  );
}
