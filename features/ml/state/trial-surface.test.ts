import { describe, expect, it } from "vitest";
import { surface, type SurfacePoint } from "./trial-surface";

const NUMBERS = { log: false, nNames: null };

/** A bowl with its lowest place at 0.3, 0.7. */
function bowl(): SurfacePoint[] {
  return Array.from({ length: 100 }, (_, index) => {
    const [x, y] = [(index % 10) / 9, Math.floor(index / 10) / 9];
    return { x, y, value: (x - 0.3) ** 2 + (y - 0.7) ** 2 };
  });
}

describe("a surface over two settings", () => {
  it("is best where the trials nearby are best", () => {
    const cells = surface(bowl(), { x: NUMBERS, y: NUMBERS }, false);
    const best = cells.find(({ shade }) => shade === 1);
    expect(Math.abs((best?.x[0] ?? 9) - 0.3)).toBeLessThan(0.15);
    expect(Math.abs((best?.y[0] ?? 9) - 0.7)).toBeLessThan(0.15);
    const worst = surface(bowl(), { x: NUMBERS, y: NUMBERS }, true).find(({ shade }) => shade === 0);
    expect(worst).toMatchObject({ x: best?.x, y: best?.y });
  });

  it("says nothing far from every trial", () => {
    const corner = Array.from({ length: 20 }, (_, index) => ({ x: index / 200, y: index / 200, value: index }));
    const cells = surface([...corner, { x: 1, y: 1, value: 0 }], { x: NUMBERS, y: NUMBERS }, false);
    const holds = (x: number, y: number) => cells.some((cell) => cell.x[0] <= x && x <= cell.x[1] && cell.y[0] <= y && y <= cell.y[1]);
    expect([holds(0.05, 0.05), holds(0.02, 0.98)]).toEqual([true, false]);
  });

  it("goes by order of magnitude where the trials were drawn so, and cell by cell over names", () => {
    const points = Array.from({ length: 30 }, (_, index) => ({ x: 10 ** (-4 + (index % 10) / 3), y: index % 3, value: index % 3 }));
    const cells = surface(points, { x: { log: true, nNames: null }, y: { log: false, nNames: 3 } }, false);
    expect(new Set(cells.map(({ y }) => y.join()))).toEqual(new Set(["-0.5,0.5", "0.5,1.5", "1.5,2.5"]));
    const widths = cells.map(({ x: [low, high] }) => Math.log(high / low));
    expect(Math.max(...widths) - Math.min(...widths)).toBeLessThan(1e-9);
  });

  it("needs more than a handful of trials, and settings that vary", () => {
    expect(surface(bowl().slice(0, 5), { x: NUMBERS, y: NUMBERS }, false)).toEqual([]);
    expect(surface(bowl().map((point) => ({ ...point, x: 1 })), { x: NUMBERS, y: NUMBERS }, false)).toEqual([]);
  });
});
