import { useCallback, useMemo } from "react";
import type { ECharts } from "echarts/core";
import { ChartCanvas } from "./chart-canvas";
import { tickText, tooltipLines, type ChartLook } from "./chart-look";
import { ShapeLegend, SYMBOLS, type Shape } from "./shape-legend";

/** Points of one kind. */
export interface PointGroup {
  name: string;
  colour: string;
  shape: Shape;
  points: readonly (readonly [number, number])[];
  /** What each point stands for, handed back when it is pressed. */
  ids: readonly string[];
  /** Drawn behind the others and paler. */
  faint?: boolean;
  /** 0 to 1, where it is not as usual. */
  opacity?: number;
  /** Drawn above groups of less depth; those not faint have 2. */
  depth?: number;
}

export interface ChartAxis {
  name: string;
  log?: boolean;
  /** Names at 0, 1, 2, … instead of numbers. */
  names?: readonly string[];
  format: (value: number) => string;
}

/** A rectangle behind the points. */
export interface ShadedCell {
  x: readonly [number, number];
  y: readonly [number, number];
  /** 0 for the palest, 1 for the strongest. */
  shade: number;
}

interface ScatterChartProps {
  label: string;
  groups: readonly PointGroup[];
  x: ChartAxis;
  y: ChartAxis;
  /** A stepped line through the points of a front, x rising. */
  fronts?: readonly { colour: string; dashed: boolean; points: readonly (readonly [number, number])[] }[];
  /** Behind the points, in the accent's hue. */
  surface?: readonly ShadedCell[];
  /** Lines of a point's tooltip. */
  describe: (id: string) => readonly string[];
  onPick?: (id: string) => void;
  height: number;
}

/** From so many points on, they are drawn in bulk. */
const LARGE = 3000;

function axisOptions(look: ChartLook, axis: ChartAxis, isX: boolean): Record<string, unknown> {
  const { names } = axis;
  const place = isX ? { nameGap: 22 } : { nameLocation: "end", nameGap: 8, nameTextStyle: { ...look.text, align: "left" } };
  if (names !== undefined) {
    return {
      ...look.axis,
      ...place,
      axisLine: { ...look.axisLine, onZero: false },
      name: axis.name,
      type: "value",
      min: -0.5,
      max: names.length - 0.5,
      interval: 0.5,
      splitLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        ...look.text,
        hideOverlap: true,
        formatter: (value: number) => (Number.isInteger(value) ? (names[value] ?? "") : ""),
      },
    };
  }
  return {
    ...look.axis,
    ...place,
    // Where the other axis has names, its 0 is the first of them and no edge.
    axisLine: { ...look.axisLine, onZero: false },
    name: axis.name,
    ...(axis.log === true
      ? {
          type: "log",
          // Whole powers of ten at both ends would leave half of it empty.
          min: ({ min }: { min: number }) => min * 0.8,
          max: ({ max }: { max: number }) => max * 1.25,
        }
      : { type: "value", scale: true }),
    axisLabel: { ...look.text, hideOverlap: true, formatter: tickText },
    splitLine: isX ? { show: false } : look.splitLine,
    splitNumber: 4,
  };
}

interface Drawing {
  value: (dimension: number) => number;
  coord: (place: readonly [number, number]) => [number, number];
}

const PALEST = 0.03;
const STRONGEST = 0.5;

function shadedSeries(look: ChartLook, cells: readonly ShadedCell[]): Record<string, unknown> {
  return {
    type: "custom",
    silent: true,
    clip: true,
    z: 0,
    tooltip: { show: false },
    encode: { x: [0, 1], y: [2, 3] },
    data: cells.map((cell) => [...cell.x, ...cell.y, cell.shade]),
    renderItem: (_: unknown, { value, coord }: Drawing) => {
      const [left, bottom] = coord([value(0), value(2)]);
      const [right, top] = coord([value(1), value(3)]);
      return {
        type: "rect",
        // Half a pixel over, so that no seams show between neighbours.
        shape: { x: left, y: top, width: right - left + 0.5, height: bottom - top + 0.5 },
        style: { fill: look.colour("var(--accent)"), opacity: PALEST + (STRONGEST - PALEST) * value(4) },
      };
    },
  };
}

function optionsFor(look: ChartLook, { groups, x, y, fronts, surface, describe }: Omit<ScatterChartProps, "label" | "height">) {
  return {
    grid: { left: 8, right: 16, top: 24, bottom: 22, containLabel: true },
    tooltip: {
      ...look.tooltip,
      trigger: "item",
      formatter: ({ seriesIndex, dataIndex }: { seriesIndex: number; dataIndex: number }) => {
        const id = groups[seriesIndex]?.ids[dataIndex];
        return id === undefined ? "" : tooltipLines(describe(id));
      },
    },
    xAxis: axisOptions(look, x, true),
    yAxis: axisOptions(look, y, false),
    series: [
      ...groups.map((group) => ({
        type: "scatter",
        name: group.name,
        data: group.points,
        symbol: SYMBOLS[group.shape],
        symbolSize: group.shape === "ring" ? 13 : group.points.length > LARGE ? 3 : 7,
        large: group.points.length > LARGE,
        z: group.depth ?? (group.faint === true ? 1 : group.shape === "ring" ? 4 : 2),
        silent: group.shape === "ring",
        itemStyle:
          group.shape === "ring"
            ? { color: "transparent", borderColor: look.colour(group.colour), borderWidth: 2 }
            : { color: look.colour(group.colour), opacity: group.opacity ?? (group.faint === true ? 0.3 : 0.65) },
        emphasis: { disabled: true },
      })),
      ...(fronts ?? []).map((front) => ({
        type: "line",
        data: front.points,
        step: "end",
        silent: true,
        symbol: "none",
        z: 3,
        lineStyle: { width: 1.5, type: front.dashed ? "dashed" : "solid", color: look.colour(front.colour) },
        tooltip: { show: false },
      })),
      ...(surface === undefined || surface.length === 0 ? [] : [shadedSeries(look, surface)]),
    ],
  };
}

/** Points of a few groups over two axes. */
export function ScatterChart({ label, groups, x, y, fronts, surface, describe, onPick, height }: ScatterChartProps) {
  const options = useMemo(
    () => (look: ChartLook) => optionsFor(look, { groups, x, y, fronts, surface, describe }),
    [groups, x, y, fronts, surface, describe],
  );
  const listen = useCallback(
    (chart: ECharts) => {
      const pick = ({ seriesIndex, dataIndex }: { seriesIndex?: number; dataIndex?: number }) => {
        const id = groups[seriesIndex ?? -1]?.ids[dataIndex ?? -1];
        if (id !== undefined) onPick?.(id);
      };
      chart.on("click", pick);
      return () => {
        if (!chart.isDisposed()) chart.off("click", pick);
      };
    },
    [groups, onPick],
  );
  return (
    <div style={{ height }} className="flex min-w-0 flex-col">
      <ShapeLegend entries={groups.filter((group) => group.points.length > 0)} />
      <ChartCanvas label={label} options={options} onDrawn={listen} />
    </div>
  );
}
