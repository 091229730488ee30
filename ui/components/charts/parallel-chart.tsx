import type { ECharts } from "echarts/core";
import { useCallback, useMemo, useRef } from "react";
import { ChartCanvas } from "./chart-canvas";
import { tickText, type ChartLook } from "./chart-look";

export interface ParallelAxis {
  key: string;
  name: string;
  log?: boolean;
  /** Names instead of numbers; values are their indices. */
  names?: readonly string[];
}

export interface ParallelLine {
  /** One an axis; NaN where there is none. */
  values: readonly number[];
  /** Stands out from the others. */
  isStrong: boolean;
}

export interface ParallelGroup {
  name: string;
  colour: string;
  dashed: boolean;
  lines: readonly ParallelLine[];
}

/** What is brushed on one axis: from and to, in its values. */
export type Brushed = Readonly<Record<string, readonly (readonly [number, number])[]>>;

interface ParallelChartProps {
  label: string;
  axes: readonly ParallelAxis[];
  groups: readonly ParallelGroup[];
  brushed: Brushed;
  /** Told of every axis that has a brush, once the hand rests. */
  onBrush: (brushed: Brushed) => void;
  height: number;
}

/** A hand that moves tells many times a second. */
const REST_MS = 150;

function opacityFor(lines: number): number {
  return Math.max(0.05, Math.min(0.5, 30 / Math.max(1, lines)));
}

function optionsFor(look: ChartLook, { axes, groups }: Pick<ParallelChartProps, "axes" | "groups">) {
  const lines = groups.reduce((sum, group) => sum + group.lines.length, 0);
  return {
    parallel: { left: 48, right: 64, top: 36, bottom: 20 },
    parallelAxis: axes.map((axis, dim) => ({
      ...look.axis,
      id: axis.key,
      dim,
      name: axis.name,
      nameLocation: "end",
      nameTextStyle: { ...look.text, align: "center" },
      type: axis.names !== undefined ? "category" : axis.log === true ? "log" : "value",
      scale: true,
      data: axis.names,
      axisLine: { lineStyle: { color: look.colour("var(--line-strong)") } },
      axisLabel: { ...look.text, ...(axis.names === undefined ? { formatter: tickText } : {}) },
      areaSelectStyle: { width: 18, borderWidth: 1, borderColor: look.colour("var(--accent)"), color: look.colour("var(--accent)"), opacity: 0.2 },
    })),
    series: groups.map((group) => ({
      type: "parallel",
      name: group.name,
      data: group.lines.map(({ values, isStrong }) =>
        isStrong ? { value: values, lineStyle: { opacity: 0.9, width: 1.75 } } : values,
      ),
      lineStyle: {
        width: 1,
        color: look.colour(group.colour),
        type: group.dashed ? "dashed" : "solid",
        opacity: opacityFor(lines),
      },
      inactiveOpacity: 0.03,
      activeOpacity: Math.max(0.5, opacityFor(lines)),
      progressive: 500,
    })),
  };
}

interface AreaSelected {
  parallelAxisId?: string;
  intervals?: [number, number][];
}

/** Lines across many axes, each of which can be brushed up and down to leave the others out. */
export function ParallelChart({ label, axes, groups, brushed, onBrush, height }: ParallelChartProps) {
  const options = useMemo(() => (look: ChartLook) => optionsFor(look, { axes, groups }), [axes, groups]);
  // What the hand has drawn; what comes back through `brushed` follows later.
  const drawn = useRef<Brushed>(brushed);
  const onDrawn = useCallback(
    (chart: ECharts) => {
      drawn.current = brushed;
      let isRestoring = true;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const onSelected = (event: unknown) => {
        const { parallelAxisId, intervals } = event as AreaSelected;
        if (isRestoring || parallelAxisId === undefined) return;
        const others = Object.entries(drawn.current).filter(([key]) => key !== parallelAxisId);
        const here = intervals ?? [];
        drawn.current = Object.fromEntries(here.length === 0 ? others : [...others, [parallelAxisId, here]]);
        clearTimeout(timer);
        timer = setTimeout(() => {
          onBrush(drawn.current);
        }, REST_MS);
      };
      chart.on("axisareaselected", onSelected);
      for (const [parallelAxisId, intervals] of Object.entries(brushed)) {
        chart.dispatchAction({ type: "axisAreaSelect", parallelAxisId, intervals });
      }
      isRestoring = false;
      return () => {
        clearTimeout(timer);
        if (!chart.isDisposed()) chart.off("axisareaselected", onSelected);
      };
    },
    [brushed, onBrush],
  );
  return (
    <div style={{ height }} className="flex min-w-0 flex-col">
      <ul className="flex flex-wrap gap-x-4 text-sm text-soft">
        {groups.map(({ name, colour, dashed }) => (
          <li key={name} className="flex items-center gap-1.5">
            <svg aria-hidden width="20" height="8">
              <line x1="0" x2="20" y1="4" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dashed ? "4 3" : undefined} />
            </svg>
            {name}
          </li>
        ))}
        <li className="ml-auto text-faint">Drag along an axis to keep only what passes there</li>
      </ul>
      <ChartCanvas label={label} options={options} onDrawn={onDrawn} />
    </div>
  );
}
