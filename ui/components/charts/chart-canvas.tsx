import type { ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { useTheme } from "@ui/lib/theme";
import { lookAt, type ChartLook } from "./chart-look";

interface ChartCanvasProps {
  /** What the chart shows, for assistive technology. */
  label: string;
  /** Memoised by the caller, since the chart is drawn anew for each. */
  options: (look: ChartLook) => Record<string, unknown>;
  /** Called when the chart is there and after each drawing; may listen, and ends with the returned function. */
  onDrawn?: (chart: ECharts) => (() => void) | undefined;
}

/**
 * An ECharts canvas that fills its place, follows size and theme, and draws at
 * once and without animation, so that live data stays calm.
 */
export function ChartCanvas({ label, options, onDrawn }: ChartCanvasProps) {
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
    const element = frame.current;
    if (element === null || chart === null) return;
    const common = { animation: false, aria: { enabled: true, label: { description: label } } };
    chart.setOption({ ...common, ...options(lookAt(element)) }, { notMerge: true });
    // The theme is not in the options, but decides what their colours come to.
  }, [chart, options, label, theme]);

  // After the drawing, in this order.
  useEffect(
    () => (chart === null ? undefined : onDrawn?.(chart)),
    [chart, options, onDrawn, label, theme],
  );

  return <div ref={frame} role="img" aria-label={label} className="min-h-0 w-full flex-1" />;
}
