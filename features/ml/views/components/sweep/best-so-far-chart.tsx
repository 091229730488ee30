import { useMemo, useState } from "react";
import { ChartCard } from "@ui/components/charts/chart-card";
import { Segmented } from "@ui/components/primitives/segmented";
import { formatSeconds } from "@ui/lib/format";
import { bestSoFar, type Progress } from "../../../state/trial-charts";
import { metricInSentence } from "../../../types";
import { formatMetric } from "../metric-format";
import { PLATFORM_DRAWN, type ChartProps } from "./chart-parts";

const OVER = [
  { value: "trials", label: "Over trials" },
  { value: "time", label: "Over time" },
] as const;

/** The best objective of each platform as the sweep went on. */
export function BestSoFarChart({ trials, platforms, objective, isHigherBetter, since }: ChartProps & { since: number }) {
  const [over, setOver] = useState<Progress>("trials");
  const series = useMemo(
    () =>
      platforms.map((platform) => {
        const { name, colour, dashed } = PLATFORM_DRAWN[platform];
        return { name, colour, dashed, steps: true, points: bestSoFar(trials, platform, isHigherBetter, over, since) };
      }),
    [trials, platforms, isHigherBetter, over, since],
  );
  const formatY = useMemo(() => (value: number) => formatMetric(objective, value, null), [objective]);
  return (
    <ChartCard
      testId="best-so-far-chart"
      title={`Best ${metricInSentence(objective)} so far`}
      heading={
        <>
          <span className="font-medium">Best {metricInSentence(objective)} so far</span>
          <Segmented label="Best so far over" options={OVER} value={over} onChange={setOver} />
        </>
      }
      series={series}
      xName={over === "trials" ? "Trial" : "Since the start"}
      formatX={over === "trials" ? undefined : formatSeconds}
      formatY={formatY}
      empty="No trial has trained to its end yet"
      height={280}
    />
  );
}
