// What the table shows while a person scrolls, sorts and trials keep coming:
// rows in sight never vanish, old answers never overwrite new ones, and only
// what is looked at is asked for.
import { describe, expect, it } from "vitest";
import { page, trial } from "../test/sweeps";
import type { AppError, TrialPage } from "../types";
import { TRIALS_A_PAGE, TrialPages } from "./trial-pages";

interface Asked {
  offset: number;
  answer: (page: TrialPage) => void;
  fail: (caught: unknown) => void;
}

const asError = (caught: unknown): AppError => ({ code: "internal", message: String(caught), hint: null });

/** A core that answers when told to. */
function slowCore() {
  const asked: Asked[] = [];
  const read = (offset: number) =>
    new Promise<TrialPage>((answer, fail) => {
      asked.push({ offset, answer, fail });
    });
  return { asked, read };
}

/** Rows numbered from the offset, plus so much. */
function rowsFrom(offset: number, plus = 0, n = 5000): TrialPage {
  return page(
    Array.from({ length: TRIALS_A_PAGE }, (_, index) => trial({ number: offset + index + plus })),
    n,
  );
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

async function opened() {
  const core = slowCore();
  const pages = new TrialPages(core.read, asError);
  pages.show(0, 20);
  core.asked.shift()?.answer(rowsFrom(0));
  await settled();
  return { ...core, pages, at: (index: number) => pages.snapshot().rowAt(index)?.number };
}

describe("pages of trials", () => {
  it("are asked for once, as they come into sight", async () => {
    const { asked, pages, at } = await opened();
    expect(at(7)).toBe(7);
    expect(pages.snapshot().nMatching).toBe(5000);
    pages.show(30, 60);
    expect(asked).toHaveLength(0);
    pages.show(1150, 1230);
    pages.show(1150, 1231);
    expect(asked.map((one) => one.offset)).toEqual([1000, 1200]);
    expect(at(1210)).toBeUndefined();
    asked[1]?.answer(rowsFrom(1200));
    await settled();
    expect(at(1210)).toBe(1210);
  });

  it("stay while they are fetched again, and only those in sight are", async () => {
    const { asked, pages, at } = await opened();
    pages.show(900, 950);
    asked.shift()?.answer(rowsFrom(800));
    await settled();
    void pages.refresh();
    expect(asked.map((one) => one.offset)).toEqual([800]);
    expect(at(900)).toBe(900);
    asked.shift()?.answer(rowsFrom(800, 10_000, 5001));
    await settled();
    expect(at(900)).toBe(10_900);
    expect(pages.snapshot().nMatching).toBe(5001);
    // The first page is old by now: shown at once, and asked for when it is looked at.
    pages.show(0, 20);
    expect(at(5)).toBe(5);
    expect(asked.map((one) => one.offset)).toEqual([0]);
  });

  it("of another order take the place of the old ones once they are there, from the top", async () => {
    const { asked, pages, at } = await opened();
    pages.show(1000, 1020);
    asked.shift()?.answer(rowsFrom(1000));
    await settled();
    const other = slowCore();
    void pages.change(other.read);
    expect(other.asked.map((one) => one.offset)).toEqual([0]);
    expect(at(0)).toBe(0);
    other.asked.shift()?.answer(rowsFrom(0, 70_000, 40));
    await settled();
    expect(at(0)).toBe(70_000);
    expect(at(1000)).toBeUndefined();
    expect(pages.snapshot().nMatching).toBe(40);
  });

  it("take no notice of answers to a question that is no longer asked", async () => {
    const { pages, read, asked, at } = await opened();
    void pages.change(read);
    const late = asked.shift();
    const other = slowCore();
    void pages.change(other.read);
    other.asked.shift()?.answer(rowsFrom(0, 70_000));
    await settled();
    late?.answer(rowsFrom(0, 30_000));
    await settled();
    expect(at(0)).toBe(70_000);
  });

  it("say what went wrong, keep what there is, and try again", async () => {
    const { asked, pages, at } = await opened();
    void pages.refresh();
    asked.shift()?.fail("disk on fire");
    await settled();
    expect(pages.snapshot().error?.message).toBe("disk on fire");
    expect(at(3)).toBe(3);
    void pages.refresh();
    asked.shift()?.answer(rowsFrom(0));
    await settled();
    expect(pages.snapshot().error).toBeNull();
  });

  it("are forgotten when there are many, the oldest first", async () => {
    const { asked, pages, at } = await opened();
    for (let first = 200; first <= 200 * 31; first += 200) {
      pages.show(first, first + 10);
      asked.shift()?.answer(rowsFrom(first, 0, 100_000));
      await settled();
    }
    expect(at(0)).toBeUndefined();
    expect(at(200 * 31)).toBe(200 * 31);
  });
});
