import { useState, type ReactNode } from "react";
import { Button } from "@ui/components/primitives/button";

/** Pixels, of the chart and of its numbers. */
export const CHART_HEIGHT = 220;

interface ChartFrameProps {
  title: string;
  /** Stands in for the title, where it says the same: a choice of metric, for instance. */
  heading?: ReactNode;
  /** Below the title: what is drawn, where that is not all. */
  remark?: string;
  /** Stands in for the chart while there is nothing to draw; null where there is. */
  empty: ReactNode;
  chart: ReactNode;
  /** The same as a table. */
  numbers: ReactNode;
  height?: number;
  testId?: string;
}

/** A chart under its title, with the same numbers as a table one click away. */
export function ChartFrame(props: ChartFrameProps) {
  const { title, heading, remark, empty, chart, numbers, height = CHART_HEIGHT, testId } = props;
  const [asNumbers, setAsNumbers] = useState(false);
  return (
    <figure data-testid={testId} className="min-w-0">
      <figcaption className="mb-1 flex min-h-7 flex-wrap items-center gap-2">
        {heading === undefined ? <span className="font-medium">{title}</span> : <span className="sr-only">{title}</span>}
        {heading}
        {remark === undefined ? null : <span className="text-sm text-soft">{remark}</span>}
        <Button
          look="quiet"
          className="ml-auto"
          aria-pressed={asNumbers}
          aria-label={`${title}: show as ${asNumbers ? "chart" : "numbers"}`}
          onClick={() => {
            setAsNumbers(!asNumbers);
          }}
        >
          {asNumbers ? "Chart" : "Numbers"}
        </Button>
      </figcaption>
      {empty !== null ? (
        <div className="flex items-center justify-center px-4 text-center text-soft" style={{ height }}>
          {empty}
        </div>
      ) : asNumbers ? (
        <div style={{ height }}>{numbers}</div>
      ) : (
        chart
      )}
    </figure>
  );
}
