/** What may stand in the distillation form, held against the core's bounds and worded as the core words it. */
import { z } from "zod";
import type { Bound } from "../types";
import { numbersOf, shapesOf, type DistillationFormValues } from "./distillation-form";
import { boundOf, complaint, layersComplaint } from "./training-schema";

type Limits = Pick<Bound, "min" | "max"> & Partial<Bound>;

function bound(field: string, limits: Limits): Bound {
  return { field, min_exclusive: false, max_exclusive: false, integer: false, ...limits };
}

/** As `retort_domain::distillation` has them. */
const TEMPERATURE = bound("temperature", { min: 0, max: 1000, min_exclusive: true });
const ALPHA = bound("alpha", { min: 0, max: 1 });
const SEEDS = bound("seeds", { min: 1, max: 20, integer: true });
const BETA = bound("beta", { min: 0, max: 1000 });
const MARGIN = bound("margin", { min: 0, max: 1000 });
const ROWS = bound("rows", { min: 1, max: 10_000_000, integer: true });
const BUDGET = { min: 0, max: 1e15 };
const COMPRESSION = bound("compression", BUDGET);
const MOST_CANDIDATES = 1000;
const MOST_TEACHERS = 50;

type Complain = (field: keyof DistillationFormValues, message: string) => void;

function checkTeacher({ teacher, run, ensemble, sweep }: DistillationFormValues, complain: Complain): void {
  if (teacher === "run" && run === null) complain("run", "Choose the run to learn from, or have one trained");
  if (teacher === "sweep" && sweep === null) complain("sweep", "Choose the sweep whose best is to teach");
  if (teacher === "ensemble" && ensemble.length < 2) complain("ensemble", "Tick at least two runs");
  if (teacher === "ensemble" && ensemble.length > MOST_TEACHERS) {
    complain("ensemble", `${ensemble.length} runs are ticked; at most ${MOST_TEACHERS} can teach together`);
  }
}

function checkList(of: Bound, texts: readonly string[], complain: (message: string) => void): void {
  const wrong = texts.map((text) => complaint(of, text)).find((one) => one !== null);
  if (typeof wrong === "string") complain(wrong);
  else if (new Set(texts.map(Number)).size < texts.length) complain(`${of.field} has a value twice`);
}

function checkSearch(values: DistillationFormValues, layers: Bound, complain: Complain): void {
  if (!values.searches) return;
  const shapes = shapesOf(values.shapes);
  const wrong = shapes.map((shape) => layersComplaint(layers, shape)).find((one) => one !== null);
  const [temperatures, alphas] = [numbersOf(values.temperatures), numbersOf(values.alphas)];
  if (typeof wrong === "string") complain("shapes", wrong);
  else if (new Set(shapes.map((shape) => shape.join("-"))).size < shapes.length) {
    complain("shapes", "hidden_layers has a shape twice");
  }
  checkList(TEMPERATURE, temperatures, (message) => {
    complain("temperatures", message);
  });
  checkList(ALPHA, alphas, (message) => {
    complain("alphas", message);
  });
  const count = [shapes, temperatures, alphas].reduce((product, list) => product * Math.max(1, list.length), 1);
  if (count < 2) complain("shapes", "There is one student only: name at least two shapes, temperatures or alphas");
  if (count > MOST_CANDIDATES) {
    complain("shapes", `That makes ${count} students; at most ${MOST_CANDIDATES} can be tried`);
  }
  for (const [field, name] of [
    ["maxBytes", "max_bytes"],
    ["maxLatency", "max_latency_us"],
    ["maxPointsLost", "max_points_lost"],
  ] as const) {
    if (values[field].trim() === "") continue;
    if (complaint(bound(name, BUDGET), values[field]) !== null) complain(field, `${name} must be a number that is at least 0`);
  }
}

const text = z.string();

/** The form's schema for the core's bounds of training settings. */
export function distillationSchema(bounds: readonly Bound[]) {
  const layers = boundOf(bounds, "hidden_layers");
  return z
    .object({
      teacher: z.enum(["run", "ensemble", "sweep", "train"]),
      run: text.nullable(),
      ensemble: z.array(text),
      sweep: text.nullable(),
      sweepPlatform: z.enum(["better", "pytorch", "tensorflow"]),
      platforms: z.enum(["pytorch", "tensorflow", "both"]),
      classLoss: z.enum(["hinton", "decoupled", "logit_matching"]),
      numberLoss: z.enum(["mse", "teacher_bounded"]),
      beta: text,
      margin: text,
      temperature: text,
      alpha: text,
      seeds: text,
      control: z.boolean(),
      transfer: z.enum(["none", "unlabelled", "synthetic"]),
      syntheticRows: text,
      syntheticMethod: z.enum(["resample", "mix_up"]),
      searches: z.boolean(),
      shapes: text,
      temperatures: text,
      alphas: text,
      maxBytes: text,
      maxLatency: text,
      maxPointsLost: text,
      compresses: z.boolean(),
      maxCompressionLoss: text,
    })
    .check((context) => {
      const { value, issues } = context;
      const complain: Complain = (field, message) => {
        issues.push({ code: "custom", message, path: [field], input: value });
      };
      const check = (field: "temperature" | "alpha" | "seeds" | "beta" | "margin" | "syntheticRows" | "maxCompressionLoss", of: Bound) => {
        const message = complaint(of, value[field]);
        if (message !== null) complain(field, message);
      };
      check("temperature", TEMPERATURE);
      check("alpha", ALPHA);
      check("seeds", SEEDS);
      // What is not shown does not count; the core is not told of it either.
      if (value.classLoss === "decoupled") check("beta", BETA);
      if (value.numberLoss === "teacher_bounded") check("margin", MARGIN);
      if (value.transfer === "synthetic") check("syntheticRows", ROWS);
      if (value.compresses) check("maxCompressionLoss", COMPRESSION);
      checkTeacher(value, complain);
      checkSearch(value, layers, complain);
    });
}
