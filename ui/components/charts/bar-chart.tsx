import { useMemo } from "react";
import { ChartCanvas } from "./chart-canvas";
import type { ChartLook } from "./chart-look";
import { ShapeLegend, type Shape } from "./shape-legend";

interface BarGroup {
  name: string;
  colour: string;
  shape: Shape;
  /** One a category. */
  values: readonly (number | null)[];
}

interface BarChartProps {
  label: string;
  /** Top to bottom. */
  categories: readonly string[];
  groups: readonly BarGroup[];
  format: (value: number) => string;
  height: number;
}

/** Lying bars, one group of them a category. */
export function BarChart({ label, categories, groups, format, height }: BarChartProps) {
  const options = useMemo(
    () => (look: ChartLook) => ({
      grid: { left: 8, right: 40, top: 8, bottom: 8, containLabel: true },
      tooltip: {
        ...look.tooltip,
        trigger: "axis",
        axisPointer: { type: "shadow" },
        valueFormatter: (value: unknown) => (typeof value === "number" ? format(value) : "–"),
      },
      xAxis: { type: "value", min: 0, axisLabel: { ...look.text, formatter: format }, splitLine: look.splitLine },
      yAxis: {
        ...look.axis,
        type: "category",
        inverse: true,
        data: categories,
        axisTick: { show: false },
        axisLabel: { ...look.text, interval: 0 },
      },
      series: groups.map((group) => ({
        type: "bar",
        name: group.name,
        data: group.values,
        barMaxWidth: 12,
        itemStyle: {
          color: look.colour(group.colour),
          borderRadius: 2,
          // Hatching beside hue, as dashes on lines.
          ...(group.shape === "square"
            ? { decal: { color: look.colour("var(--surface)"), dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0.8 } }
            : {}),
        },
        label: {
          show: true,
          position: "right",
          ...look.text,
          formatter: ({ value }: { value: unknown }) => (typeof value === "number" ? format(value) : ""),
        },
      })),
    }),
    [categories, groups, format],
  );
  return (
    <div style={{ height }} className="flex min-w-0 flex-col">
      {groups.length > 1 ? <ShapeLegend entries={groups} /> : null}
      <ChartCanvas label={label} options={options} />
    </div>
  );
}
