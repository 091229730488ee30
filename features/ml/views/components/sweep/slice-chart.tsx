import { useMemo, useState } from "react";
import { ChartFrame } from "@ui/components/charts/chart-frame";
import { ScatterChart } from "@ui/components/charts/scatter-chart";
import { Select } from "@ui/components/primitives/select";
import type { DataColumn } from "@ui/components/table/data-table";
import { formatSignificant } from "@ui/lib/format";
import { parameterLabel } from "../../../state/sweep-parameters";
import { valueText } from "../../../state/sweep-space";
import { jitter, valueAxis, withoutFarWorse, type ChartTrial } from "../../../state/trial-charts";
import { METRIC_NAMES, type SearchSpace } from "../../../types";
import { describeTrials, farRemark, pointGroups, type ChartProps } from "./chart-parts";
import { TrialsNumbers } from "./trials-numbers";

const HEIGHT = 280;

interface SliceChartProps extends ChartProps {
  swept: readonly string[];
  space: SearchSpace;
  selected: ReadonlySet<string>;
  onPick: (id: string) => void;
}

/** The objective over the values of one parameter. */
export function SliceChart({ trials, platforms, objective, isHigherBetter, swept, space, selected, onPick }: SliceChartProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const name = chosen !== null && swept.includes(chosen) ? chosen : (swept[0] ?? "");
  const { near, nFar } = useMemo(() => withoutFarWorse(trials, isHigherBetter), [trials, isHigherBetter]);
  const there = useMemo(() => near.filter((trial) => trial.params[name] !== null && trial.params[name] !== undefined), [near, name]);
  const axis = useMemo(() => valueAxis(there.map((trial) => trial.params[name] ?? null), space[name]), [there, name, space]);
  const groups = useMemo(
    () =>
      pointGroups(
        there,
        platforms,
        (trial) => {
          const x = axis.place(trial.params[name] ?? null);
          return [axis.names === null ? x : x + jitter(trial), trial.objective];
        },
        selected,
      ),
    [there, platforms, axis, name, selected],
  );
  const describe = useMemo(() => {
    const usual = describeTrials(there, objective);
    const values = new Map(there.map((trial) => [`${trial.number} ${trial.platform}`, trial.params[name] ?? null]));
    return (id: string) => [...usual(id), `${parameterLabel(name)} ${valueText(values.get(id) ?? null)}`];
  }, [there, objective, name]);
  const extra = useMemo<DataColumn<ChartTrial>[]>(
    () => [
      {
        id: "value",
        header: parameterLabel(name),
        value: (trial) => {
          const value = trial.params[name];
          return typeof value === "number" ? value : valueText(value);
        },
        cell: (trial) => valueText(trial.params[name]),
        align: "right",
      },
    ],
    [name],
  );
  const label = `${METRIC_NAMES[objective]} by ${parameterLabel(name).toLowerCase()}`;
  return (
    <ChartFrame
      testId="slice-chart"
      title={label}
      remark={farRemark(nFar)}
      height={HEIGHT}
      heading={
        <div className="w-44">
          <Select
            label="Parameter"
            options={swept.map((value) => ({ value, label: parameterLabel(value) }))}
            value={name}
            onChange={setChosen}
          />
        </div>
      }
      empty={there.length === 0 ? "No trial has an objective yet" : null}
      chart={
        <ScatterChart
          label={label}
          groups={groups}
          x={{ name: parameterLabel(name), log: axis.log, names: axis.names ?? undefined, format: (value) => formatSignificant(value, 3) }}
          y={{ name: METRIC_NAMES[objective], format: (value) => formatSignificant(value, 4) }}
          describe={describe}
          onPick={onPick}
          height={HEIGHT}
        />
      }
      numbers={<TrialsNumbers label={label} trials={there} objective={objective} extra={extra} height={HEIGHT} />}
    />
  );
}
