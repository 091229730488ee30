import { useMemo, useState } from "react";
import { ChartFrame } from "@ui/components/charts/chart-frame";
import { ScatterChart } from "@ui/components/charts/scatter-chart";
import { Button } from "@ui/components/primitives/button";
import { Select } from "@ui/components/primitives/select";
import type { DataColumn } from "@ui/components/table/data-table";
import { formatCount, formatMicros, formatSeconds, formatSignificant } from "@ui/lib/format";
import { measureSweep } from "../../../orchestrators/sweeps";
import { costOf, frontOf, jitter, withoutFarWorse, type ChartTrial } from "../../../state/trial-charts";
import { refKey } from "../../../state/trial-view";
import { METRIC_NAMES, type JobId, type TrialCost } from "../../../types";
import { describeTrials, farRemark, pointGroups, PLATFORM_DRAWN, type ChartProps } from "./chart-parts";
import { TrialsNumbers } from "./trials-numbers";

const HEIGHT = 280;

interface CostLook {
  label: string;
  /** In a sentence: "against …". */
  inWords: string;
  axis: string;
  format: (value: number | null) => string;
}

const COSTS: Readonly<Record<TrialCost, CostLook>> = {
  size: { label: "Size", inWords: "size", axis: "Parameters", format: formatCount },
  train_seconds: { label: "Training time", inWords: "training time", axis: "Training time, s", format: formatSeconds },
  latency: { label: "Latency", inWords: "latency", axis: "Latency of one row, µs", format: formatMicros },
};

function columns(cost: TrialCost): DataColumn<ChartTrial>[] {
  const { axis, format } = COSTS[cost];
  return [
    {
      id: "cost",
      header: axis,
      value: (trial) => costOf(trial, cost) ?? undefined,
      cell: (trial) => format(costOf(trial, cost)),
      align: "right",
    },
    {
      id: "front",
      header: "On the front",
      value: (trial) => (trial.onFront ? 0 : 1),
      cell: (trial) => (trial.onFront ? "yes" : ""),
    },
  ];
}

/** Trials of the same shape cost the same; a little to either side they can be told apart. */
function spread(trial: ChartTrial, cost: TrialCost): number {
  const aside = cost === "train_seconds" ? 0 : jitter(trial) * 0.15;
  return (costOf(trial, cost) ?? Number.NaN) * (1 + aside);
}

/** Whether an axis by orders of magnitude would have more than one labelled place. */
function spansDecades(values: readonly number[]): boolean {
  return Math.max(...values) > 20 * Math.min(...values);
}

/** Stands where speed was not measured yet. */
function Measure({ id, canMeasure }: { id: JobId; canMeasure: boolean }) {
  const [isMeasuring, setIsMeasuring] = useState(false);
  if (!canMeasure) return <>Latency can be measured once the sweep rests</>;
  return (
    <span className="flex flex-col items-center gap-2">
      How fast the networks answer was not measured yet; speed depends on the shape alone, so each shape is measured
      once, about a second each.
      <Button
        data-testid="measure-latency"
        disabled={isMeasuring}
        onClick={() => {
          setIsMeasuring(true);
          void measureSweep(id).finally(() => {
            setIsMeasuring(false);
          });
        }}
      >
        {isMeasuring ? "Measuring…" : "Measure latency"}
      </Button>
    </span>
  );
}

interface CostChartProps extends ChartProps {
  id: JobId;
  cost: TrialCost;
  onCost: (cost: TrialCost) => void;
  /** Whether nothing trains that a measurement would disturb. */
  canMeasure: boolean;
  selected: ReadonlySet<string>;
  onPick: (id: string) => void;
}

/** The objective over what a network costs, with those that nothing cheaper beats. */
export function CostChart(props: CostChartProps) {
  const { id, trials, platforms, objective, isHigherBetter, cost, onCost, canMeasure, selected, onPick } = props;
  const { near, nFar } = useMemo(() => withoutFarWorse(trials, isHigherBetter), [trials, isHigherBetter]);
  const known = useMemo(() => near.filter((trial) => costOf(trial, cost) !== null), [near, cost]);
  const groups = useMemo(
    () => pointGroups(known, platforms, (trial) => [spread(trial, cost), trial.objective], selected),
    [known, platforms, cost, selected],
  );
  const fronts = useMemo(
    () =>
      platforms.map((platform) => {
        const { colour, dashed } = PLATFORM_DRAWN[platform];
        return { colour, dashed, points: frontOf(known, platform, cost) };
      }),
    [known, platforms, cost],
  );
  const { inWords, axis, format } = COSTS[cost];
  const describe = useMemo(() => {
    const usual = describeTrials(known, objective);
    const costs = new Map(known.map((trial) => [refKey(trial), costOf(trial, cost)]));
    return (key: string) => [...usual(key), `${COSTS[cost].label} ${format(costs.get(key) ?? null)}`];
  }, [known, objective, cost, format]);
  const extra = useMemo(() => columns(cost), [cost]);
  const isWide = useMemo(() => spansDecades(known.map((trial) => costOf(trial, cost) ?? Number.NaN)), [known, cost]);
  const label = `${METRIC_NAMES[objective]} against ${inWords}`;
  const nothing =
    cost === "latency" && near.length > 0 ? <Measure id={id} canMeasure={canMeasure} /> : "No trial has an objective yet";
  return (
    <ChartFrame
      testId="cost-chart"
      title={label}
      remark={farRemark(nFar) ?? "the line joins trials that nothing cheaper beats"}
      height={HEIGHT}
      heading={
        <>
          <span className="font-medium">{METRIC_NAMES[objective]} against</span>
          <div className="w-36">
            <Select
              label="Cost"
              options={(Object.keys(COSTS) as TrialCost[]).map((value) => ({ value, label: COSTS[value].label }))}
              value={cost}
              onChange={(value) => {
                onCost(value as TrialCost);
              }}
            />
          </div>
        </>
      }
      empty={known.length === 0 ? nothing : null}
      chart={
        <ScatterChart
          label={label}
          groups={groups}
          fronts={fronts}
          x={{ name: axis, log: isWide, format }}
          y={{ name: METRIC_NAMES[objective], format: (value) => formatSignificant(value, 4) }}
          describe={describe}
          onPick={onPick}
          height={HEIGHT}
        />
      }
      numbers={<TrialsNumbers label={label} trials={known} objective={objective} extra={extra} height={HEIGHT} />}
    />
  );
}
