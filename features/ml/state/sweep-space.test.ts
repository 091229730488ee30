// A space is the same whether it is filled in or written as JSON: nothing is
// lost on the way from one to the other, and what cannot be meant is named.
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../test/examples";
import { newRow, presetValues } from "./sweep-form";
import { PARAMETERS } from "./sweep-parameters";
import { rowsFrom, shortValueText, spaceText, toSpace, varies, type SpaceRow } from "./sweep-space";

const read = (text: string) => rowsFrom(text, DEFAULTS);
const again = (text: string): unknown => JSON.parse(spaceText(toSpace(read(text))));

function row(name: SpaceRow["name"], changes: Partial<SpaceRow>): SpaceRow {
  return { ...newRow(name, DEFAULTS), ...changes };
}

describe("a space", () => {
  it.each([
    `{"learning_rate":{"float":[0.0001,0.03],"log":true}}`,
    `{"dropout":{"float":[0,0.5],"step":0.1}}`,
    `{"batch_size":{"int":[32,256],"step":32}}`,
    `{"epochs":20,"activation":"tanh","batch_norm":true,"hidden_layers":[64,64]}`,
    `{"hidden_layers":{"choice":[[16,16],[64],[]]},"batch_size":{"choice":[64,128]}}`,
    `{"hidden_layers":{"layers":[1,3],"units":[16,128],"log":true,"taper":[0.5,1]}}`,
    `{"gradient_clip_norm":{"choice":[null,1,5]},"early_stopping_patience":null}`,
    `{"batch_norm":{"choice":[true,false]}}`,
    `{"optimizer":{"choice":["sgd","adam"]},"momentum":{"float":[0,0.9],"when":{"optimizer":["sgd"]}}}`,
    `{"dropout":{"float":[0,0.5],"when":{"activation":["relu","gelu"]}}}`,
    `{"weight_decay":{"float":[0.0000001,0.01],"log":true}}`,
  ])("%s comes back as it was", (text) => {
    expect(again(text)).toEqual(JSON.parse(text));
  });

  it("of every preset and of every parameter comes back as it was", () => {
    for (const name of ["quick", "thorough"] as const) {
      const space = toSpace(presetValues(name, DEFAULTS, null).rows);
      expect(toSpace(read(spaceText(space)))).toEqual(space);
    }
    for (const parameter of PARAMETERS) {
      const space = toSpace([newRow(parameter.name, DEFAULTS)]);
      expect(toSpace(read(spaceText(space))), parameter.name).toEqual(space);
    }
  });

  it("keeps the order in which it was written", () => {
    expect(read(`{"epochs":5,"dropout":0,"activation":"relu"}`).map((one) => one.name)).toEqual(["epochs", "dropout", "activation"]);
  });

  it("lets momentum depend on the optimizer once that varies over some for which it matters", () => {
    const momentum = row("momentum", { kind: "range", min: "0", max: "0.9" });
    const optimizer = (...picked: string[]) => row("optimizer", { kind: "choice", picked });
    const whenOf = (...rows: SpaceRow[]) => (toSpace(rows).momentum as { when?: unknown }).when;
    expect(whenOf(optimizer("adam", "sgd", "rmsprop"), momentum)).toEqual({ optimizer: ["sgd", "rmsprop"] });
    expect(whenOf(optimizer("sgd", "rmsprop"), momentum)).toBeUndefined();
    expect(whenOf(optimizer("adam", "adamw"), momentum)).toBeUndefined();
    expect(whenOf(momentum)).toBeUndefined();
  });

  it("follows the optimizers afterwards where the condition was the usual one, and keeps one of the person's own", () => {
    const text = (when: string) =>
      `{"optimizer":{"choice":["sgd","adam"]},"momentum":{"float":[0,0.9],"when":${when}}}`;
    const usual = read(text(`{"optimizer":["sgd"]}`));
    expect(usual[1]?.when).toBeNull();
    const own = read(text(`{"optimizer":["sgd","adam"]}`));
    expect(own[1]?.when).toEqual({ optimizer: ["sgd", "adam"] });
  });

  it("understands lists as people type them", () => {
    const rows = [
      row("batch_size", { kind: "choice", choice: "64; 128 256" }),
      row("hidden_layers", { kind: "choice", choice: "64-64, 32 16, 128×64, linear" }),
      row("learning_rate", { kind: "fixed", fixed: "0,01" }),
    ];
    expect(toSpace(rows)).toEqual({
      batch_size: { choice: [64, 128, 256] },
      hidden_layers: { choice: [[64, 64], [32, 16], [128, 64], []] },
      learning_rate: 0.01,
    });
  });

  it("varies where more than one value is possible", () => {
    expect(varies(row("epochs", { kind: "fixed" }))).toBe(false);
    expect(varies(row("epochs", { kind: "choice", choice: "20" }))).toBe(false);
    expect(varies(row("epochs", { kind: "choice", choice: "20, 30" }))).toBe(true);
    expect(varies(row("activation", { kind: "choice", picked: ["relu"] }))).toBe(false);
    expect(varies(row("hidden_layers", { kind: "units" }))).toBe(true);
  });

  it.each([
    ["{", /not JSON/],
    ["[1]", /object/],
    [`{"lr":{"float":[0,1]}}`, /no parameter lr/],
    [`{"learning_rate":{"float":[0.1,0.2],"lg":true}}`, /learning_rate.*no lg/],
    [`{"learning_rate":{"flot":[0.1,0.2]}}`, /learning_rate.*choice or float/],
    [`{"batch_size":{"float":[1,2]}}`, /batch_size.*choice or int/],
    [`{"learning_rate":{"float":[0.1]}}`, /learning_rate: float takes two numbers/],
    [`{"activation":{"choice":["relu",3]}}`, /activation: 3 does not fit.*relu, tanh/],
    [`{"activation":{"float":[0,1]}}`, /activation.*choice/],
    [`{"epochs":null}`, /epochs: null does not fit/],
    [`{"dropout":{"float":[0,1],"when":"relu"}}`, /dropout: when takes lists/],
    [`{"hidden_layers":{"units":[16,32]}}`, /hidden_layers: layers takes two numbers/],
  ])("%s is refused by name", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it("is told in few digits, however small", () => {
    expect([0.0001234567, 0.00000001650983, -0.000002, 123.456789, 64].map(shortValueText)).toEqual(["0.0001235", "1.651e-8", "-2e-6", "123.5", "64"]);
  });
});
