// The form refuses exactly what the core would refuse, and hands on exactly
// what a person sees in it.
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../api";
import { dataset, DEFAULTS } from "../test/examples";
import { formAgain, formFor, learntFrom, toConfig, withSplit, type FormValues } from "./training-form";
import { allows, formSchema } from "./training-schema";

const schema = formSchema(BOUNDS);
const fresh = formFor(dataset, DEFAULTS, null);

function complaints(changes: Partial<FormValues>): string[] {
  const checked = schema.safeParse({ ...fresh, ...changes });
  return checked.success ? [] : checked.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

describe("the training form", () => {
  it("starts with the core's defaults and the dataset's target", () => {
    expect(complaints({})).toEqual([]);
    expect(fresh.target).toBe("kind");
    expect(fresh.features).toEqual(["length", "colour"]);
    expect(toConfig(fresh, dataset)).toEqual(DEFAULTS);
  });

  it("takes every bound as the core does, at its very edges", () => {
    for (const bound of BOUNDS) {
      const field = bound.field as keyof FormValues;
      const step = bound.integer ? 1 : 1e-9;
      const [min, max] = [bound.min ?? Number.NaN, bound.max ?? Number.NaN];
      for (const value of [min - step, min, min + step, max - step, max, max + 1]) {
        // Other rules, about two settings at once, have a test of their own.
        if (field === "test_fraction" && value + 0.1 >= 1 && value < 1) continue;
        if (field === "validation_fraction" && value + 0.2 >= 1 && value < 1) continue;
        const own = complaints({ [field]: value.toFixed(9) }).filter((line) => line.startsWith(field));
        expect(own.length === 0, `${field} ${value}: ${own.join()}`).toBe(allows(bound, value));
      }
    }
  });

  it.each([
    ["learning_rate", "-1", "learning_rate is -1; it must be above 0 and at most 1000"],
    ["learning_rate", "NaN", "learning_rate is “NaN”; it must be above 0 and at most 1000"],
    ["learning_rate", "", "learning_rate is empty; it must be above 0 and at most 1000"],
    ["epochs", "1.5", "epochs is 1.5; it must be a whole number, at least 1 and at most 1000000"],
    ["hidden_layers", "64, many", "hidden_layers is “many”; it must be a whole number, at least 1 and at most 65536"],
    ["target", "", "Choose the column to predict"],
  ])("says of %s = %j what is allowed", (field, typed, message) => {
    expect(complaints({ [field]: typed })).toEqual([`${field}: ${message}`]);
  });

  it("refuses settings that contradict each other, beside the one to change", () => {
    expect(complaints({ test_fraction: "0.6", validation_fraction: "0.4" })[0]).toMatch(/^validation_fraction: .*below 1/);
    expect(complaints({ optimizer: "sgd", nesterov: true })[0]).toMatch(/^momentum: nesterov needs/);
    expect(complaints({ optimizer: "adam", nesterov: true })).toEqual([]);
    expect(complaints({ early_stopping_patience: "5", validation_fraction: "0" })[0]).toMatch(/^early_stopping_patience/);
    expect(complaints({ features: [] })).toEqual(["features: Tick at least one column to learn from"]);
  });

  it("loses nothing on the way to the core and back", () => {
    const config = {
      ...DEFAULTS,
      hidden_layers: [],
      learning_rate: 1e-7,
      validation_fraction: 0,
      gradient_clip_norm: 1.5,
      time_limit_secs: 60,
      task: "regression" as const,
      seed: 4294967295,
      exclude: ["colour"],
    };
    expect(toConfig(formAgain(dataset, "kind", config), dataset)).toEqual(config);
    const withNumber = { ...config, features: ["number", "length"], exclude: [] };
    expect(toConfig(formAgain(dataset, "kind", withNumber), dataset)).toEqual(withNumber);
    const named = { ...config, features: ["colour", "length", "number"], exclude: ["number"] };
    expect(learntFrom(dataset, "kind", named)).toEqual(["colour", "length"]);
    expect(learntFrom(dataset, "kind", { ...config, features: null, exclude: [] }).sort()).toEqual(["colour", "length"]);
  });

  it("wants a column for every split but the random one, and another than the target", () => {
    for (const split of ["by_time", "by_group", "by_column"] as const) {
      expect(complaints({ split, split_column: "" })).toEqual(["split_column: Choose the column to split by"]);
      expect(complaints({ split, split_column: "colour" })).toEqual([]);
    }
    expect(complaints({ split: "by_group", split_column: "kind" })[0]).toMatch(/^split_column: kind is the target/);
    // What a split at random goes by does not count.
    expect(complaints({ split: "random", split_column: "kind" })).toEqual([]);
  });

  it("does not learn from what rows are split by, unless a person ticks it", () => {
    const grouped = withSplit(fresh, { split: "by_group", split_column: "colour" }, dataset);
    expect(grouped.features).toEqual(["length"]);
    const config = { ...DEFAULTS, split: "by_group" as const, split_column: "colour", drop_duplicates: true };
    expect(toConfig({ ...grouped, drop_duplicates: true }, dataset)).toEqual(config);
    expect(formAgain(dataset, "kind", config)).toMatchObject({ features: ["length"], drop_duplicates: true });
    const ticked = { ...grouped, features: ["length", "colour"] };
    expect(toConfig(ticked, dataset)).toMatchObject({ features: ["length", "colour"], exclude: [] });
    expect(withSplit(grouped, { split: "random", split_column: "" }, dataset).features).toEqual(["length", "colour"]);
  });

  it("keeps a split for another table only where that has the column", () => {
    const before = withSplit(fresh, { split: "by_group", split_column: "colour" }, dataset);
    expect(formFor(dataset, DEFAULTS, before)).toMatchObject({ split: "by_group", features: ["length"] });
    const other = { ...dataset, columns: dataset.columns.filter(({ name }) => name !== "colour") };
    expect(formFor(other, DEFAULTS, before)).toMatchObject({ split: "random", split_column: "", features: ["length"] });
  });

  it("understands a decimal comma, and layers apart by spaces", () => {
    const config = toConfig({ ...fresh, learning_rate: "0,01", hidden_layers: "32 16" }, dataset);
    expect(config.learning_rate).toBe(0.01);
    expect(config.hidden_layers).toEqual([32, 16]);
  });
});
