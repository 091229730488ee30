import type { ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { useTheme } from "@ui/lib/theme";

export interface Series {
  name: string;
  /** A CSS colour, custom properties allowed. */
  colour: string;
  dashed?: boolean;
  /** x rising; a null y leaves a gap. */
  points: readonly (readonly [number, number | null])[];
}

interface LineChartProps {
  /** What the chart shows, for assistive technology. */
  label: string;
  series: readonly Series[];
  xName: string;
  formatY: (value: number) => string;
  /** A vertical mark, with its words. */
  mark?: { x: number; name: string };
  /** Pixels, legend included. */
  height: number;
}

/** A canvas knows no custom properties: they are looked up where the chart stands. */
function colourAt(element: HTMLElement, colour: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  return name === undefined ? colour : getComputedStyle(element).getPropertyValue(name).trim();
}

function optionsFor(element: HTMLElement, { label, series, xName, formatY, mark }: LineChartProps): Record<string, unknown> {
  const ink = colourAt(element, "var(--ink-soft)");
  const line = colourAt(element, "var(--line)");
  const text = { color: ink, fontSize: 11, fontFamily: getComputedStyle(element).fontFamily };
  return {
    animation: false,
    aria: { enabled: true, label: { description: label } },
    grid: { left: 8, right: 12, top: 12, bottom: 22, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      backgroundColor: colourAt(element, "var(--surface)"),
      borderColor: colourAt(element, "var(--line-strong)"),
      textStyle: { ...text, color: colourAt(element, "var(--ink)") },
      valueFormatter: (value: unknown) => (typeof value === "number" ? formatY(value) : "–"),
    },
    xAxis: {
      type: "value",
      name: xName,
      nameLocation: "middle",
      nameGap: 22,
      nameTextStyle: text,
      min: "dataMin",
      max: "dataMax",
      minInterval: 1,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: line } },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 4,
      axisLabel: { ...text, formatter: (value: number) => String(Number(value.toPrecision(6))) },
      splitLine: { lineStyle: { color: line } },
    },
    series: series.map((one, index) => ({
      type: "line",
      name: one.name,
      data: one.points,
      // A curve of one epoch is a point, and would not be seen without a symbol.
      showSymbol: one.points.length < 2,
      symbolSize: 5,
      sampling: "lttb",
      lineStyle: { width: 1.75, type: one.dashed === true ? "dashed" : "solid" },
      itemStyle: { color: colourAt(element, one.colour) },
      emphasis: { disabled: true },
      ...(index === 0 && mark !== undefined
        ? {
            markLine: {
              silent: true,
              symbol: "none",
              label: { formatter: mark.name, ...text, position: "insideEndTop" },
              lineStyle: { color: colourAt(element, "var(--line-strong)"), type: "dotted" },
              data: [{ xAxis: mark.x }],
            },
          }
        : {}),
    })),
  };
}

/** Curves over a common x. Draws what it is given, at once and without animation, so that live data stays calm. */
export function LineChart(props: LineChartProps) {
  const { height, label } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<ECharts | null>(null);
  const theme = useTheme();

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    let made: ECharts | null = null;
    let gone = false;
    const resized = new ResizeObserver(() => made?.resize());
    void import("./echarts-core").then(({ createChart }) => {
      if (gone) return;
      made = createChart(element);
      resized.observe(element);
      setChart(made);
    });
    return () => {
      gone = true;
      resized.disconnect();
      made?.dispose();
      setChart(null);
    };
  }, []);

  useEffect(() => {
    if (frame.current !== null) chart?.setOption(optionsFor(frame.current, props), { notMerge: true });
    // The theme is not in the options, but decides what their colours come to.
  }, [chart, props, theme]);

  return (
    <div style={{ height }} className="flex min-w-0 flex-col">
      <ul className="flex flex-wrap gap-x-4 text-sm text-soft">
        {props.series.map(({ name, colour, dashed }) => (
          <li key={name} className="flex items-center gap-1.5">
            <svg aria-hidden width="20" height="8">
              <line x1="0" x2="20" y1="4" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dashed === true ? "4 3" : undefined} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <div ref={frame} role="img" aria-label={label} className="min-h-0 w-full flex-1" />
    </div>
  );
}
