import { useMemo } from "react";
import { ChartCanvas } from "./chart-canvas";
import { tickText, tooltipLines, type ChartLook } from "./chart-look";

export interface Series {
  name: string;
  /** A CSS colour, custom properties allowed. */
  colour: string;
  dashed?: boolean;
  /** x rising; a null y leaves a gap. */
  points: readonly (readonly [number, number | null])[];
  /** Each value holds until the next point. */
  steps?: boolean;
  /** Thin and pale, behind the others. */
  faint?: boolean;
  /** A shape on its points, to tell curves of one hue apart. */
  marker?: Marker;
}

export type Marker = "circle" | "triangle" | "diamond" | "square";

const MARKERS: Record<Marker, { symbol: string; path: string }> = {
  circle: { symbol: "circle", path: "M7 4 a3 3 0 1 0 6 0 a3 3 0 1 0 -6 0" },
  triangle: { symbol: "triangle", path: "M10 0.5 L14 7.5 L6 7.5 Z" },
  diamond: { symbol: "diamond", path: "M10 0 L14 4 L10 8 L6 4 Z" },
  square: { symbol: "rect", path: "M7 1 h6 v6 h-6 Z" },
};

interface LineChartProps {
  /** What the chart shows, for assistive technology. */
  label: string;
  series: readonly Series[];
  xName: string;
  formatX?: (value: number) => string;
  formatY: (value: number) => string;
  /** A vertical mark, with its words. */
  mark?: { x: number; name: string };
  /** Stands in for the names of the series, where many of them share a look. */
  legend?: readonly Pick<Series, "name" | "colour" | "dashed" | "marker">[];
  /** Pixels, legend included. */
  height: number;
}

/** More names would be no legend, and no tooltip. */
const MOST_NAMED = 8;

interface AxisItem {
  seriesName?: string;
  value?: unknown;
}

/** The best-placed few of many curves at one x. */
function manyAt(items: readonly AxisItem[], xText: string, formatY: (value: number) => string): HTMLElement {
  const lines = items.flatMap(({ seriesName, value }) => {
    const y: unknown = Array.isArray(value) ? value[1] : undefined;
    return typeof y === "number" ? [`${seriesName ?? ""}: ${formatY(y)}`] : [];
  });
  const rest = lines.length - MOST_NAMED;
  return tooltipLines([xText, ...lines.slice(0, MOST_NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])]);
}

function optionsFor(look: ChartLook, { series, xName, formatX, formatY, mark }: LineChartProps): Record<string, unknown> {
  const isMany = series.length > MOST_NAMED;
  const many = {
    order: "valueAsc",
    formatter: (items: readonly (AxisItem & { axisValue?: number })[]) => {
      const x = items[0]?.axisValue ?? 0;
      return manyAt(items, `${xName} ${formatX === undefined ? x : formatX(x)}`, formatY);
    },
  };
  const few = { valueFormatter: (value: unknown) => (typeof value === "number" ? formatY(value) : "–") };
  return {
    grid: { left: 8, right: 12, top: 12, bottom: 22, containLabel: true },
    tooltip: {
      ...look.tooltip,
      trigger: "axis",
      axisPointer: {
        label: { formatter: ({ value }: { value: unknown }) => (formatX === undefined ? String(value) : formatX(Number(value))) },
      },
      ...(isMany ? many : few),
    },
    xAxis: {
      ...look.axis,
      type: "value",
      name: xName,
      nameGap: 22,
      min: "dataMin",
      max: "dataMax",
      ...(formatX === undefined ? { minInterval: 1 } : {}),
      axisLabel: { ...look.text, hideOverlap: true, ...(formatX === undefined ? {} : { formatter: formatX }) },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 4,
      axisLabel: { ...look.text, formatter: tickText },
      splitLine: look.splitLine,
    },
    series: series.map((one, index) => ({
      type: "line",
      name: one.name,
      data: one.points,
      step: one.steps === true ? "end" : false,
      // A curve of one epoch is a point, and would not be seen without a symbol.
      showSymbol: one.points.length < 2 || one.marker !== undefined,
      symbol: one.marker !== undefined ? MARKERS[one.marker].symbol : one.dashed === true ? "rect" : "circle",
      symbolSize: one.marker === undefined ? 5 : 7,
      sampling: one.steps === true ? undefined : "lttb",
      z: one.faint === true ? 1 : 2,
      lineStyle: {
        width: one.faint === true || isMany ? 1 : 1.75,
        type: one.dashed === true ? "dashed" : "solid",
        opacity: one.faint === true ? 0.5 : isMany ? 0.8 : 1,
      },
      itemStyle: { color: look.colour(one.colour) },
      emphasis: { disabled: true },
      ...(index === 0 && mark !== undefined
        ? {
            markLine: {
              silent: true,
              symbol: "none",
              label: { formatter: mark.name, ...look.text, position: "insideEndTop" },
              lineStyle: { color: look.colour("var(--line-strong)"), type: "dotted" },
              data: [{ xAxis: mark.x }],
            },
          }
        : {}),
    })),
  };
}

/** Curves over a common x. */
export function LineChart(props: LineChartProps) {
  const { height, label, series, xName, formatX, formatY, mark, legend } = props;
  const options = useMemo(
    () => (look: ChartLook) => optionsFor(look, { label, series, xName, formatX, formatY, mark, height }),
    [label, series, xName, formatX, formatY, mark, height],
  );
  return (
    <div style={{ height }} className="flex min-w-0 flex-col">
      {legend === undefined && series.length > MOST_NAMED ? null : (
        <ul className="flex flex-wrap gap-x-4 text-sm text-soft">
          {(legend ?? series).map(({ name, colour, dashed, marker }) => (
            <li key={name} className="flex items-center gap-1.5">
              <svg aria-hidden width="20" height="8">
                <line x1="0" x2="20" y1="4" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dashed === true ? "4 3" : undefined} />
                {marker === undefined ? null : <path d={MARKERS[marker].path} fill={colour} />}
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
      <ChartCanvas label={label} options={options} />
    </div>
  );
}
