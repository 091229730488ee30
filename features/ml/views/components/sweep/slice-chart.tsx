import { useCallback, useMemo, useState } from "react";
import { ChartFrame } from "@ui/components/charts/chart-frame";
import { ScatterChart, type ChartAxis } from "@ui/components/charts/scatter-chart";
import { Select } from "@ui/components/primitives/select";
import type { DataColumn } from "@ui/components/table/data-table";
import { formatSignificant } from "@ui/lib/format";
import { parameterLabel } from "../../../state/sweep-parameters";
import { shortValueText, valueText } from "../../../state/sweep-space";
import { jitter, valueAxis, withoutFarWorse, type ChartTrial, type ValueAxis } from "../../../state/trial-charts";
import { surface } from "../../../state/trial-surface";
import { refKey } from "../../../state/trial-view";
import { METRIC_NAMES, type SearchSpace } from "../../../types";
import { describeTrials, farRemark, pointGroups, quarterGroups, type ChartProps } from "./chart-parts";
import { TrialsNumbers } from "./trials-numbers";

const HEIGHT = 280;

interface SliceChartProps extends ChartProps {
  swept: readonly string[];
  space: SearchSpace;
  selected: ReadonlySet<string>;
  onPick: (id: string) => void;
}

function has(trial: ChartTrial, name: string): boolean {
  return trial.params[name] !== null && trial.params[name] !== undefined;
}

/** Where a trial lies along a setting; names have room to either side. */
function along(axis: ValueAxis, trial: ChartTrial, name: string, aside: number): number {
  return axis.place(trial.params[name] ?? null) + (axis.names === null ? 0 : aside);
}

function chartAxis(axis: ValueAxis, name: string): ChartAxis {
  return {
    name: parameterLabel(name),
    log: axis.log,
    names: axis.names ?? undefined,
    format: (value) => formatSignificant(value, 3),
  };
}

function valueColumn(name: string): DataColumn<ChartTrial> {
  return {
    id: name,
    header: parameterLabel(name),
    value: (trial) => {
      const value = trial.params[name];
      return typeof value === "number" ? value : valueText(value);
    },
    cell: (trial) => valueText(trial.params[name]),
    align: "right",
  };
}

const OBJECTIVE = "";

/** The objective over the values of one setting; or two settings against each other, with where the best trials lie. */
export function SliceChart(props: SliceChartProps) {
  const { trials, platforms, objective, isHigherBetter, swept, space, selected, onPick } = props;
  const [chosen, setChosen] = useState<string | null>(null);
  const [against, setAgainst] = useState(OBJECTIVE);
  const name = chosen !== null && swept.includes(chosen) ? chosen : (swept[0] ?? "");
  const other = against !== name && swept.includes(against) ? against : OBJECTIVE;
  const { near, nFar } = useMemo(() => withoutFarWorse(trials, isHigherBetter), [trials, isHigherBetter]);
  const there = useMemo(
    () => near.filter((trial) => has(trial, name) && (other === OBJECTIVE || has(trial, other))),
    [near, name, other],
  );
  const axisOf = useCallback(
    (of: string) => valueAxis(there.map((trial) => trial.params[of] ?? null), space[of]),
    [there, space],
  );
  const x = useMemo(() => axisOf(name), [axisOf, name]);
  const y = useMemo(() => (other === OBJECTIVE ? null : axisOf(other)), [axisOf, other]);
  const groups = useMemo(
    () =>
      y === null
        ? pointGroups(there, platforms, (trial) => [along(x, trial, name, jitter(trial)), trial.objective], selected)
        : quarterGroups(
            there,
            isHigherBetter,
            (trial) => [along(x, trial, name, jitter(trial)), along(y, trial, other, jitter({ ...trial, number: trial.number * 7 }))],
            selected,
          ),
    [there, platforms, x, y, name, other, isHigherBetter, selected],
  );
  const shaded = useMemo(() => {
    if (y === null) return [];
    const of = (axis: ValueAxis) => ({ log: axis.log, nNames: axis.names === null ? null : axis.names.length });
    const points = there
      .filter(({ status }) => status !== "pruned")
      .map((trial) => ({
        x: x.place(trial.params[name] ?? null),
        y: y.place(trial.params[other] ?? null),
        value: trial.objective,
      }));
    return surface(points, { x: of(x), y: of(y) }, isHigherBetter);
  }, [there, x, y, name, other, isHigherBetter]);
  const describe = useMemo(() => {
    const usual = describeTrials(there, objective);
    const byId = new Map(there.map((trial) => [refKey(trial), trial]));
    return (id: string) => [
      ...usual(id),
      ...[name, other]
        .filter((one) => one !== OBJECTIVE)
        .map((one) => `${parameterLabel(one)} ${shortValueText(byId.get(id)?.params[one])}`),
    ];
  }, [there, objective, name, other]);
  const extra = useMemo(() => [name, other].filter((one) => one !== OBJECTIVE).map(valueColumn), [name, other]);
  const axes = useMemo(
    () => ({
      x: chartAxis(x, name),
      y: y === null ? { name: METRIC_NAMES[objective], format: (value: number) => formatSignificant(value, 4) } : chartAxis(y, other),
    }),
    [x, y, name, other, objective],
  );
  const settings = swept.map((value) => ({ value, label: parameterLabel(value) }));
  const label =
    y === null
      ? `${METRIC_NAMES[objective]} by ${parameterLabel(name).toLowerCase()}`
      : `${parameterLabel(other)} against ${parameterLabel(name).toLowerCase()}`;
  return (
    <ChartFrame
      testId="slice-chart"
      title={label}
      remark={shaded.length > 0 ? "the darker, the better, by the trials nearby" : farRemark(nFar)}
      height={HEIGHT}
      heading={
        <>
          <div className="w-40">
            <Select label="Setting along" options={settings} value={name} onChange={setChosen} />
          </div>
          <span className="text-sm text-soft">against</span>
          <div className="w-40">
            <Select
              label="Against"
              options={[
                { value: OBJECTIVE, label: METRIC_NAMES[objective] },
                ...settings.filter((setting) => setting.value !== name),
              ]}
              value={other}
              onChange={setAgainst}
            />
          </div>
        </>
      }
      empty={there.length === 0 ? "No trial has an objective yet" : null}
      chart={
        <ScatterChart
          label={label}
          groups={groups}
          surface={shaded}
          x={axes.x}
          y={axes.y}
          describe={describe}
          onPick={onPick}
          height={HEIGHT}
        />
      }
      numbers={<TrialsNumbers label={label} trials={there} objective={objective} extra={extra} height={HEIGHT} />}
    />
  );
}
