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
      axisLabel: {
        ...look.text,
        // Lines pass behind; a rim keeps the words apart from them.
        textBorderColor: look.colour("var(--surface)"),
        textBorderWidth: 3,
        ...(axis.names === undefined ? { formatter: tickText } : {}),
      },
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
  // What the chart shows as brushed, and on which drawing. What the hand has
  // drawn comes back through `brushed` and is there already; what comes from
  // elsewhere, or a new drawing, has to be put on the axes.
  const drawn = useRef<{ brushed: Brushed; options: unknown }>({ brushed: {}, options: null });
  const onDrawn = useCallback(
    (chart: ECharts) => {
      let isRestoring = false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const onSelected = (event: unknown) => {
        const { parallelAxisId, intervals } = event as AreaSelected;
        if (isRestoring || parallelAxisId === undefined) return;
        const others = Object.entries(drawn.current.brushed).filter(([key]) => key !== parallelAxisId);
        const here = intervals ?? [];
        drawn.current.brushed = Object.fromEntries(here.length === 0 ? others : [...others, [parallelAxisId, here]]);
        clearTimeout(timer);
        timer = setTimeout(() => {
          onBrush(drawn.current.brushed);
        }, REST_MS);
      };
      chart.on("axisareaselected", onSelected);
      if (drawn.current.options !== options || drawn.current.brushed !== brushed) {
        isRestoring = true;
        for (const { key } of axes) {
          const intervals = brushed[key] ?? [];
          if (intervals.length > 0 || (drawn.current.brushed[key] ?? []).length > 0) {
            chart.dispatchAction({ type: "axisAreaSelect", parallelAxisId: key, intervals });
          }
        }
        // Only a whole drawing puts the brushes' frames where the intervals are.
        if (Object.keys({ ...brushed, ...drawn.current.brushed }).length > 0) chart.resize();
        drawn.current = { brushed, options };
        isRestoring = false;
      }
      return () => {
        clearTimeout(timer);
        if (!chart.isDisposed()) chart.off("axisareaselected", onSelected);
      };
    },
    [axes, options, brushed, onBrush],
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
