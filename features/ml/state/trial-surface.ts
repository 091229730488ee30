/**
 * The objective over two settings, estimated between the trials that are
 * there: a kernel-weighted mean (Nadaraya 1964, Watson 1964) with Gaussian
 * weights. Pure.
 */

/** A direction of the surface. */
export interface SurfaceAxis {
  /** By order of magnitude. */
  log: boolean;
  /** How many names there are; null for numbers. */
  nNames: number | null;
}

export interface SurfacePoint {
  x: number;
  y: number;
  value: number;
}

/** A rectangle between two places along each axis. */
export interface SurfaceCell {
  x: readonly [number, number];
  y: readonly [number, number];
  /** 0 for the worst estimate drawn, 1 for the best. */
  shade: number;
}

/** Along an axis of numbers. */
const CELLS = 24;
/** Of the axis' length, with one trial; it shrinks with their number by Scott's rule. */
const BANDWIDTH = 0.35;
/** Names are told apart: a neighbour's trials count little. */
const NAME_BANDWIDTH = 0.4;
/** Without the weight of so much of a trial nearby, nothing is estimated. */
const LEAST_WEIGHT = 0.25;
/** Fewer trials make no surface. */
const LEAST_POINTS = 6;

interface Direction {
  edges: number[];
  middles: number[];
  /** To the scale in which distances are measured. */
  scale: (value: number) => number;
  bandwidth: number;
}

function direction(values: readonly number[], axis: SurfaceAxis, nPoints: number): Direction | null {
  if (axis.nNames !== null) {
    const edges = Array.from({ length: axis.nNames + 1 }, (_, index) => index - 0.5);
    return { edges, middles: edges.slice(0, -1).map((edge) => edge + 0.5), scale: (value) => value, bandwidth: NAME_BANDWIDTH };
  }
  const scale = axis.log ? Math.log : (value: number) => value;
  const back = axis.log ? Math.exp : (value: number) => value;
  const scaled = values.map(scale);
  const [low, high] = [Math.min(...scaled), Math.max(...scaled)];
  if (!(high > low)) return null;
  const at = (share: number) => back(low + share * (high - low));
  const edges = Array.from({ length: CELLS + 1 }, (_, index) => at(index / CELLS));
  return {
    edges,
    middles: Array.from({ length: CELLS }, (_, index) => at((index + 0.5) / CELLS)),
    scale,
    bandwidth: BANDWIDTH * (high - low) * nPoints ** (-1 / 6),
  };
}

/** Cells where something can be said; none with too few trials, or where an axis has one value. */
export function surface(
  points: readonly SurfacePoint[],
  axes: { x: SurfaceAxis; y: SurfaceAxis },
  isHigherBetter: boolean,
): SurfaceCell[] {
  const there = points.filter(({ x, y, value }) => [x, y, value].every(Number.isFinite));
  if (there.length < LEAST_POINTS) return [];
  const x = direction(there.map((point) => point.x), axes.x, there.length);
  const y = direction(there.map((point) => point.y), axes.y, there.length);
  if (x === null || y === null) return [];
  const places = there.map((point) => ({ x: x.scale(point.x), y: y.scale(point.y), value: point.value }));
  const estimated: { column: number; row: number; value: number }[] = [];
  x.middles.forEach((middleX, column) => {
    y.middles.forEach((middleY, row) => {
      const [atX, atY] = [x.scale(middleX), y.scale(middleY)];
      let [weights, sum] = [0, 0];
      for (const place of places) {
        const distance = ((place.x - atX) / x.bandwidth) ** 2 + ((place.y - atY) / y.bandwidth) ** 2;
        const weight = Math.exp(-distance / 2);
        weights += weight;
        sum += weight * place.value;
      }
      if (weights >= LEAST_WEIGHT) estimated.push({ column, row, value: sum / weights });
    });
  });
  const values = estimated.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return estimated.map(({ column, row, value }) => {
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return {
      x: [x.edges[column] ?? 0, x.edges[column + 1] ?? 0],
      y: [y.edges[row] ?? 0, y.edges[row + 1] ?? 0],
      shade: isHigherBetter ? share : 1 - share,
    };
  });
}
