// Which datasets come first in the list.
import { expect, it } from "vitest";
import { dataset, job } from "../test/examples";
import { recentFirst } from "./recent-datasets";

it("lists datasets by their last job or their import, the newest first", () => {
  const named = (id: string, imported_at: number) => ({ ...dataset, id, name: id, imported_at });
  const on = (id: string, created_at: number) =>
    job({ id: `job ${id} ${created_at}`, created_at, spec: { ...job().spec, dataset: id } as never });
  const list = recentFirst(
    [named("old", 10), named("used", 5), named("new", 40), named("also old", 10)],
    [on("used", 30), on("used", 20), on("gone", 99)],
  );
  expect(list.map(({ dataset: { id }, usedAt }) => [id, usedAt])).toEqual([
    ["new", null],
    ["used", 30],
    ["also old", null],
    ["old", null],
  ]);
});
