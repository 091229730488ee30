// The form refuses what the core would, at the field that is wrong.
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../api";
import { FIRST_VALUES, type DistillationFormValues } from "./distillation-form";
import { distillationSchema } from "./distillation-schema";

const schema = distillationSchema(BOUNDS);
const FIT: DistillationFormValues = { ...FIRST_VALUES, run: "run-1" };

function refused(changes: Partial<DistillationFormValues>): Record<string, string> {
  const checked = schema.safeParse({ ...FIT, ...changes });
  return checked.success ? {} : Object.fromEntries(checked.error.issues.map(({ path, message }) => [String(path[0]), message]));
}

describe("the distillation form", () => {
  it("takes what it starts with once a teacher is chosen", () => {
    expect(refused({})).toEqual({});
    expect(refused({ run: null })).toMatchObject({ run: /choose the run/i });
    expect(refused({ teacher: "train", run: null })).toEqual({});
  });

  it.each([
    ["temperature", "0", "temperature is 0; it must be above 0 and at most 1000"],
    ["temperature", "1e9", "temperature is 1000000000; it must be above 0 and at most 1000"],
    ["alpha", "1.01", "alpha is 1.01; it must be at least 0 and at most 1"],
    ["alpha", "-0.1", "alpha is -0.1; it must be at least 0 and at most 1"],
    ["seeds", "0", "seeds is 0; it must be a whole number, at least 1 and at most 20"],
    ["seeds", "21", "seeds is 21; it must be a whole number, at least 1 and at most 20"],
    ["seeds", "2.5", "seeds is 2.5; it must be a whole number, at least 1 and at most 20"],
  ] as const)("refuses %s %s in the core's words", (field, text, message) => {
    expect(refused({ [field]: text })).toEqual({ [field]: message });
  });

  it.each([
    ["temperature", "1000"],
    ["temperature", "0,5"],
    ["alpha", "0"],
    ["alpha", "1"],
    ["seeds", "20"],
  ] as const)("takes %s %s", (field, text) => {
    expect(refused({ [field]: text })).toEqual({});
  });

  it("checks numbers of a loss and of further rows only where they count", () => {
    expect(refused({ beta: "x", margin: "x", syntheticRows: "0" })).toEqual({});
    expect(Object.keys(refused({ classLoss: "decoupled", beta: "-1" }))).toEqual(["beta"]);
    expect(Object.keys(refused({ numberLoss: "teacher_bounded", margin: "1001" }))).toEqual(["margin"]);
    expect(Object.keys(refused({ transfer: "synthetic", syntheticRows: "0" }))).toEqual(["syntheticRows"]);
  });

  it("needs two runs for an ensemble and a sweep for the best of one", () => {
    expect(Object.keys(refused({ teacher: "ensemble", ensemble: ["run-1"] }))).toEqual(["ensemble"]);
    expect(refused({ teacher: "ensemble", ensemble: ["run-1", "run-2"] })).toEqual({});
    expect(Object.keys(refused({ teacher: "sweep" }))).toEqual(["sweep"]);
  });

  it("checks shapes, lists and budget of a search", () => {
    const search = { searches: true } as const;
    expect(refused(search)).toEqual({});
    expect(refused({ ...search, shapes: "16, 0" }).shapes).toMatch(/hidden_layers is 0/);
    expect(refused({ ...search, shapes: "16, 16" }).shapes).toMatch(/twice/);
    expect(refused({ ...search, shapes: "16" }).shapes).toMatch(/one student only/);
    expect(refused({ ...search, shapes: "16", temperatures: "1 4" })).toEqual({});
    expect(refused({ ...search, temperatures: "2 0" }).temperatures).toMatch(/temperature is 0/);
    expect(refused({ ...search, alphas: "0.5 2" }).alphas).toMatch(/alpha is 2/);
    const many = Array.from({ length: 40 }, (_, index) => index + 1).join(" ");
    expect(refused({ ...search, shapes: many.replaceAll(" ", ","), temperatures: many }).shapes).toMatch(/1600 students; at most 1000/);
    expect(Object.keys(refused({ ...search, maxBytes: "-1", maxLatency: "fast", maxPointsLost: "" }))).toEqual(["maxBytes", "maxLatency"]);
  });
});
