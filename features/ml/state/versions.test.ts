import { describe, expect, it } from "vitest";
import { dataset } from "../test/examples";
import type { Dataset } from "../types";
import { alsoFrom, newestOf, versionsOf } from "./versions";

const source = { path: "/tables/prices.csv", content_hash: "aa", modified_at: 1, reading: {} };
const first: Dataset = { ...dataset, id: "a", name: "prices (version 1)", source };
const second: Dataset = { ...first, id: "b", name: "prices (version 2)", version: 2, first_version: "a" };
const third: Dataset = { ...first, id: "c", name: "prices", version: 3, first_version: "a" };
const sheet: Dataset = { ...first, id: "d", name: "other sheet" };
const other: Dataset = { ...dataset, id: "e", name: "other" };
const all = [first, other, third, sheet, second];

describe("versions of a dataset", () => {
  it("belong together though the first one was deleted", () => {
    expect(versionsOf(second, all).map(({ id }) => id)).toEqual(["c", "b", "a"]);
    expect(versionsOf(third, [second, third]).map(({ id }) => id)).toEqual(["c", "b"]);
    expect(newestOf(first, all).id).toBe("c");
    expect(newestOf(other, all).id).toBe("e");
  });

  it("are told apart from others of the same file", () => {
    expect(alsoFrom(third, all).map(({ id }) => id)).toEqual(["d"]);
    expect(alsoFrom(other, all)).toEqual([]);
  });
});
