// The question to the core carries the split that the form shows, and its
// answer is drawn with nothing lost.
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../test/examples";
import { bikes, part, splitPreview } from "../test/profiles";
import { classRows, piecesOf, previewSpec } from "./split-preview";
import { formFor } from "./training-form";

const fresh = formFor(bikes, DEFAULTS, null);

describe("a preview of a split", () => {
  it("asks with the settings that decide it, and with no others", () => {
    const spec = previewSpec({ ...fresh, split: "by_group", split_column: "station", drop_duplicates: true, seed: "7" }, bikes);
    expect(spec).toMatchObject({
      dataset: "bikes",
      target: "count",
      split: { kind: "by_group", column: "station" },
      drop_duplicates: true,
      seed: 7,
      test_fraction: 0.2,
      validation_fraction: 0.1,
    });
    const ticked = previewSpec({ ...fresh, features: ["casual"], epochs: "3" }, bikes);
    expect(ticked).toEqual(previewSpec(fresh, bikes));
    expect(ticked.split).toEqual({ kind: "random" });
  });

  it("counts classes over all parts, the largest first", () => {
    const classes = (a: number, b: number) => [
      { value: "no", count: a },
      { value: "yes", count: b },
    ];
    const preview = splitPreview({
      parts: [part("train", 70, { classes: classes(20, 50) }), part("test", 30, { classes: classes(0, 30) })],
    });
    expect(classRows(preview)).toEqual([
      { name: "yes", counts: [50, 30], total: 80 },
      { name: "no", counts: [20, 0], total: 20 },
    ]);
  });

  it("draws many classes as a few pieces that make up the whole part", () => {
    const classes = ["a", "b", "c", "d", "e"].map((value, index) => ({ value, count: 50 - 10 * index }));
    const one = part("train", 150, { classes });
    const pieces = piecesOf(one, 3, classRows(splitPreview({ parts: [one] })));
    expect(pieces.map(({ name }) => name)).toEqual(["a", "b", "3 others"]);
    expect(pieces.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(piecesOf(part("test", 0), 3, [])).toEqual([]);
  });
});
