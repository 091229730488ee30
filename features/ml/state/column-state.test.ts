// What a table remembers of its columns, and what the form makes of a role that
// is set in a head.
import { describe, expect, it } from "vitest";
import { dataset } from "../test/examples";
import { allShown, PLAIN_LAYOUT, remembered, shownColumns, withFrozen, withHidden, withWidth } from "./column-layout";
import { formWithKind, formWithRole, roleOf } from "./column-roles";

describe("columns of a table", () => {
  const names = (layout = PLAIN_LAYOUT) => shownColumns(dataset, layout).map((one) => one.column.name);

  it("stand as in the file, the ones that stay at the left first, without those that are hidden", () => {
    expect(names()).toEqual(["number", "length", "colour", "kind"]);
    const layout = withHidden(withFrozen(PLAIN_LAYOUT, "kind", true), "length", true);
    expect(names(layout)).toEqual(["kind", "number", "colour"]);
    expect(shownColumns(dataset, layout)[0]).toMatchObject({ place: 3, isFrozen: true });
    expect(names(allShown(layout))).toEqual(["kind", "number", "length", "colour"]);
  });

  it("that were hidden come back where they were", () => {
    const layout = withHidden(withHidden(withFrozen(PLAIN_LAYOUT, "colour", true), "colour", true), "colour", false);
    expect(names(layout)).toEqual(["number", "length", "colour", "kind"]);
  });

  it("have the width that they were given, and their own again", () => {
    const usual = shownColumns(dataset, PLAIN_LAYOUT)[1]?.width;
    const wide = withWidth(PLAIN_LAYOUT, "length", 300);
    expect(shownColumns(dataset, wide)[1]?.width).toBe(300);
    expect(shownColumns(dataset, withWidth(wide, "length", null))[1]?.width).toBe(usual);
  });

  it("are remembered of the tables changed last", () => {
    let layouts = {};
    for (let table = 0; table < 150; table += 1) layouts = remembered(layouts, `t${table}`, PLAIN_LAYOUT);
    expect(Object.keys(layouts)).toHaveLength(100);
    expect(Object.keys(layouts).at(-1)).toBe("t149");
    expect(Object.keys(remembered(layouts, "t60", PLAIN_LAYOUT)).at(-1)).toBe("t60");
  });
});

describe("roles", () => {
  const form = { target: "kind", features: ["length", "colour"] };

  it("are the dataset's until the form says otherwise", () => {
    expect(roleOf(dataset, "kind", null)).toEqual({ role: "target" });
    expect(roleOf(dataset, "length", null)).toEqual({ role: "feature" });
    expect(roleOf(dataset, "number", null)).toEqual({ role: "excluded", because: "row numbers" });
    expect(roleOf(dataset, "colour", { target: "length", features: ["kind"] })).toEqual({
      role: "excluded",
      because: "not ticked in the form",
    });
    expect(roleOf(dataset, "length", { target: "length", features: ["kind"] })).toEqual({ role: "target" });
  });

  it("set in a head reach the form", () => {
    expect(formWithRole(form, dataset, "colour", "target")).toEqual({ target: "colour", features: ["length", "kind"] });
    expect(formWithRole(form, dataset, "length", "excluded")).toEqual({ target: "kind", features: ["colour"] });
    expect(formWithRole(form, dataset, "number", "feature").features).toEqual(["length", "colour", "number"]);
  });

  it("taken from the target leave it to the column that suggests itself", () => {
    const other = { ...dataset, default_target: null };
    const values = { target: "colour", features: ["length", "kind"] };
    expect(formWithRole(values, other, "colour", "excluded")).toEqual({ target: "kind", features: ["length"] });
  });

  it("follow a column that became unfit to be learnt from", () => {
    const columns = dataset.columns.map((column) =>
      column.name === "colour" ? { ...column, kind: "text" as const, excluded_because: "free text" } : column,
    );
    expect(formWithKind(form, { ...dataset, columns }, "colour").features).toEqual(["length"]);
    expect(formWithKind(form, { ...dataset, columns }, "kind")).toBe(form);
  });
});
