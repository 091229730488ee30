import { useMemo } from "react";
import { ChartFrame } from "@ui/components/charts/chart-frame";
import { ScatterChart } from "@ui/components/charts/scatter-chart";
import type { DataColumn } from "@ui/components/table/data-table";
import { formatCount, formatSignificant } from "@ui/lib/format";
import { frontOf, jitter, withoutFarWorse, type ChartTrial } from "../../../state/trial-charts";
import { METRIC_NAMES } from "../../../types";
import { describeTrials, farRemark, pointGroups, PLATFORM_DRAWN, type ChartProps } from "./chart-parts";
import { TrialsNumbers } from "./trials-numbers";

const HEIGHT = 280;

const EXTRA: readonly DataColumn<ChartTrial>[] = [
  {
    id: "parameters",
    header: "Parameters",
    value: (trial) => trial.parameterCount ?? undefined,
    cell: (trial) => formatCount(trial.parameterCount),
    align: "right",
  },
  {
    id: "front",
    header: "On the front",
    value: (trial) => (trial.onFront ? 0 : 1),
    cell: (trial) => (trial.onFront ? "yes" : ""),
  },
];

/** Trials of the same size lie on one line; a little to either side they can be told apart. */
function spread(trial: ChartTrial): number {
  return (trial.parameterCount ?? Number.NaN) * (1 + jitter(trial) * 0.15);
}

interface SizeChartProps extends ChartProps {
  selected: ReadonlySet<string>;
  onPick: (id: string) => void;
}

/** The objective over the number of parameters, with those that nothing smaller beats. */
export function SizeChart({ trials, platforms, objective, isHigherBetter, selected, onPick }: SizeChartProps) {
  const { near, nFar } = useMemo(() => withoutFarWorse(trials, isHigherBetter), [trials, isHigherBetter]);
  const sized = useMemo(() => near.filter((trial) => trial.parameterCount !== null), [near]);
  const groups = useMemo(
    () => pointGroups(sized, platforms, (trial) => [spread(trial), trial.objective], selected),
    [sized, platforms, selected],
  );
  const fronts = useMemo(
    () =>
      platforms.map((platform) => {
        const { colour, dashed } = PLATFORM_DRAWN[platform];
        return { colour, dashed, points: frontOf(sized, platform) };
      }),
    [sized, platforms],
  );
  const describe = useMemo(() => {
    const usual = describeTrials(sized, objective);
    const counts = new Map(sized.map((trial) => [`${trial.number} ${trial.platform}`, trial.parameterCount]));
    return (id: string) => [...usual(id), `${formatCount(counts.get(id))} parameters`];
  }, [sized, objective]);
  const label = `${METRIC_NAMES[objective]} against size`;
  return (
    <ChartFrame
      testId="size-chart"
      title={label}
      remark={farRemark(nFar) ?? "the line joins trials that nothing smaller beats"}
      height={HEIGHT}
      empty={sized.length === 0 ? "No trial has an objective yet" : null}
      chart={
        <ScatterChart
          label={label}
          groups={groups}
          fronts={fronts}
          x={{ name: "Parameters", log: true, format: formatCount }}
          y={{ name: METRIC_NAMES[objective], format: (value) => formatSignificant(value, 4) }}
          describe={describe}
          onPick={onPick}
          height={HEIGHT}
        />
      }
      numbers={<TrialsNumbers label={label} trials={sized} objective={objective} extra={EXTRA} height={HEIGHT} />}
    />
  );
}
