import { useMemo } from "react";
import { ChartCard } from "@ui/components/charts/chart-card";
import type { Marker, Series } from "@ui/components/charts/line-chart";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatCount } from "@ui/lib/format";
import { useTrialCurves } from "../../../hooks/use-sweeps";
import { bestOf } from "../../../state/trial-charts";
import { refKey } from "../../../state/trial-view";
import { METRIC_NAMES, PLATFORM_LOOKS, type JobId, type TrialCurve, type TrialRef } from "../../../types";
import { ErrorNote } from "../error-note";
import { formatMetric } from "../metric-format";
import { PLATFORM_DRAWN, type ChartProps } from "./chart-parts";

/** More would be a thicket. */
const MOST_CURVES = 50;
/** Of so few, each has its name in the legend. */
const MOST_NAMED = 6;

const MARKERS: readonly (Marker | undefined)[] = [undefined, "circle", "triangle", "diamond", "square"];

/** The same trial has the same marker on both platforms. */
function markersFor(curves: readonly TrialCurve[]): ReadonlyMap<number, Marker | undefined> {
  if (curves.length > MOST_NAMED) return new Map();
  const numbers = [...new Set(curves.map((curve) => curve.trial.number))];
  return new Map(numbers.map((number, index) => [number, MARKERS[index % MARKERS.length]]));
}

function seriesOf({ trial, status, epochs }: TrialCurve, marker: Marker | undefined): Series {
  const { colour, dashed } = PLATFORM_DRAWN[trial.platform];
  const isPruned = status === "pruned";
  return {
    name: `Trial ${trial.number}, ${PLATFORM_LOOKS[trial.platform].name}${isPruned ? ", pruned" : ""}`,
    colour: isPruned ? "var(--ink-faint)" : colour,
    dashed,
    faint: isPruned,
    marker,
    points: epochs.map((epoch) => [epoch.epoch, epoch.objective] as const).filter(([, value]) => value !== null),
  };
}

interface CurvesChartProps extends ChartProps {
  id: JobId;
  selected: readonly TrialRef[];
}

/** The objective over the epochs of the trials selected, or of the best; pruned ones greyed. */
export function CurvesChart({ id, trials, platforms, selected, objective, isHigherBetter }: CurvesChartProps) {
  const isOfBest = selected.length === 0;
  const shown = useMemo<readonly TrialRef[]>(
    () =>
      (isOfBest ? bestOf(trials, isHigherBetter, MOST_CURVES) : selected.slice(0, MOST_CURVES)).map(({ number, platform }) => ({ number, platform })),
    [isOfBest, trials, selected, isHigherBetter],
  );
  const curves = useTrialCurves(id, shown);
  const answer = curves.state === "ready" ? curves.value : null;
  const series = useMemo(() => {
    const order = new Map(shown.map((ref, index) => [refKey(ref), index]));
    const there = (answer ?? []).filter((curve) => order.has(refKey(curve.trial)));
    const markers = markersFor(there);
    return there.map((curve) => seriesOf(curve, markers.get(curve.trial.number))).sort((a, b) => Number(b.faint) - Number(a.faint));
  }, [answer, shown]);
  const legend = useMemo(
    () => [
      ...platforms.map((platform) => PLATFORM_DRAWN[platform]),
      ...(series.some((one) => one.faint) ? [{ name: "Pruned", colour: "var(--ink-faint)" }] : []),
    ],
    [platforms, series],
  );
  const formatY = useMemo(() => (value: number) => formatMetric(objective, value, null), [objective]);
  if (curves.state === "failed") {
    return <ErrorNote what="Curves could not be read" error={curves.error} onRetry={curves.retry} />;
  }
  if (curves.state === "loading" && shown.length > 0) return <Skeleton label="Loading curves" rows={6} />;
  const which = isOfBest
    ? `the best ${formatCount(shown.length)}; select trials in the table to see theirs`
    : selected.length > MOST_CURVES
      ? `the first ${MOST_CURVES} of ${formatCount(selected.length)} selected`
      : `the ${formatCount(selected.length)} selected`;
  return (
    <ChartCard
      testId="curves-chart"
      title={`${METRIC_NAMES[objective]} by epoch`}
      remark={which}
      series={series}
      legend={series.length > MOST_NAMED ? legend : undefined}
      xName="Epoch"
      formatY={formatY}
      empty="No epoch yet"
      height={280}
    />
  );
}
