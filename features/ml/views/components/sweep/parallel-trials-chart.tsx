import { useCallback, useMemo } from "react";
import { ChartFrame } from "@ui/components/charts/chart-frame";
import { ParallelChart, type Brushed, type ParallelAxis } from "@ui/components/charts/parallel-chart";
import type { DataColumn } from "@ui/components/table/data-table";
import { formatCount } from "@ui/lib/format";
import { brushTrials } from "../../../orchestrators/sweeps";
import { parameterLabel } from "../../../state/sweep-parameters";
import { valueText } from "../../../state/sweep-space";
import { bestOf, MOST_LINES, valueAxis, withoutFarWorse, type ChartTrial, type ValueAxis } from "../../../state/trial-charts";
import { columnKey, refKey, type Brush } from "../../../state/trial-view";
import { METRIC_NAMES, type JobId, type ParameterSpace, type ParameterValue, type SearchSpace, type TrialColumn } from "../../../types";
import { PLATFORM_DRAWN, type ChartProps } from "./chart-parts";
import { TrialsNumbers } from "./trials-numbers";

const HEIGHT = 320;
/** Trials whose lines stand out, best first. */
const STRONG = 20;

interface Dimension {
  by: TrialColumn;
  axis: ParallelAxis;
  values: ValueAxis;
  of: (trial: ChartTrial) => ParameterValue;
}

/** Whatever its values, it is a range. */
const OBJECTIVE = { float: [0, 1] } satisfies ParameterSpace;

function dimensionsFor(trials: readonly ChartTrial[], swept: readonly string[], space: SearchSpace, objectiveName: string): Dimension[] {
  const dimension = (by: TrialColumn, name: string, of: Dimension["of"]): Dimension => {
    const range = by.column === "parameter" ? space[by.name] : OBJECTIVE;
    const values = valueAxis(trials.map(of).filter((value) => value !== null), range);
    return { by, of, values, axis: { key: columnKey(by), name, log: values.log, names: values.names ?? undefined } };
  };
  // A parameter that matters for none of these trials has no axis.
  const used = swept.filter((name) => trials.some((trial) => (trial.params[name] ?? null) !== null));
  return [
    ...used.map((name) =>
      dimension({ column: "parameter", name }, parameterLabel(name), (trial) => trial.params[name] ?? null),
    ),
    dimension({ column: "objective" }, objectiveName, (trial) => trial.objective),
  ];
}

/** What was drawn on the axes, as the core filters: ranges of numbers, values by name. */
export function brushFrom(brushed: Brushed, dimensions: readonly Pick<Dimension, "by" | "axis" | "values">[], all: (name: string) => readonly ParameterValue[]): Brush {
  const brush: { ranges: Brush["ranges"][number][]; values: Brush["values"][number][] } = { ranges: [], values: [] };
  for (const { by, axis, values } of dimensions) {
    const intervals = brushed[axis.key] ?? [];
    if (intervals.length === 0) continue;
    if (values.names === null) {
      // The core knows one range a column: from the lowest brush to the highest.
      brush.ranges.push({
        column: by,
        min: Math.min(...intervals.flat()),
        max: Math.max(...intervals.flat()),
      });
    } else if (by.column === "parameter") {
      const within = (value: ParameterValue) =>
        intervals.some(([from, to]) => values.place(value) >= Math.min(from, to) && values.place(value) <= Math.max(from, to));
      brush.values.push({ name: by.name, values: all(by.name).filter(within) });
    }
  }
  return brush;
}

function brushedFrom(brush: Brush, dimensions: readonly Dimension[]): Brushed {
  const entries = dimensions.flatMap(({ by, axis, values }): [string, [number, number][]][] => {
    const range = brush.ranges.find((one) => columnKey(one.column) === axis.key);
    if (range !== undefined) return [[axis.key, [[range.min ?? 0, range.max ?? 0]]]];
    const picked = by.column === "parameter" ? brush.values.find((one) => one.name === by.name) : undefined;
    if (picked === undefined || picked.values.length === 0) return [];
    const places = picked.values.map(values.place);
    return [[axis.key, [[Math.min(...places), Math.max(...places)]]]];
  });
  return Object.fromEntries(entries);
}

interface ParallelTrialsChartProps extends ChartProps {
  id: JobId;
  swept: readonly string[];
  space: SearchSpace;
  brush: Brush;
}

/** Every trial as a line through its settings to its objective; brushing an axis filters table and charts. */
export function ParallelTrialsChart(props: ParallelTrialsChartProps) {
  const { id, trials, platforms, objective, isHigherBetter, swept, space, brush } = props;
  const drawn = useMemo(
    () => bestOf(withoutFarWorse(trials, isHigherBetter).near, isHigherBetter, MOST_LINES),
    [trials, isHigherBetter],
  );
  const sweptKey = swept.join("\n");
  const dimensions = useMemo(
    () => dimensionsFor(drawn, sweptKey === "" ? [] : sweptKey.split("\n"), space, METRIC_NAMES[objective]),
    [drawn, sweptKey, space, objective],
  );
  const best = useMemo(
    () => new Set(bestOf(drawn, isHigherBetter, STRONG).map(refKey)),
    [drawn, isHigherBetter],
  );
  const axes = useMemo(() => dimensions.map(({ axis }) => axis), [dimensions]);
  const groups = useMemo(
    () =>
      platforms.map((platform) => {
        const { name, colour, dashed } = PLATFORM_DRAWN[platform];
        const lines = drawn
          .filter((trial) => trial.platform === platform)
          .map((trial) => ({
            values: dimensions.map(({ of, values }) => values.place(of(trial))),
            isStrong: best.has(refKey(trial)),
          }));
        return { name, colour, dashed, lines };
      }),
    [drawn, best, platforms, dimensions],
  );
  const brushed = useMemo(() => brushedFrom(brush, dimensions), [brush, dimensions]);
  const onBrush = useCallback(
    (next: Brushed) => {
      const all = (name: string) => {
        const byText = new Map(drawn.map((trial) => [valueText(trial.params[name]), trial.params[name] ?? null]));
        return [...byText.values()];
      };
      brushTrials(id, brushFrom(next, dimensions, all));
    },
    [id, dimensions, drawn],
  );
  const extra = useMemo<DataColumn<ChartTrial>[]>(
    () =>
      dimensions.flatMap(({ by, axis }) =>
        by.column !== "parameter"
          ? []
          : [
              {
                id: axis.key,
                header: axis.name,
                value: (trial: ChartTrial) => {
                  const value = trial.params[by.name];
                  return typeof value === "number" ? value : valueText(value);
                },
                cell: (trial: ChartTrial) => valueText(trial.params[by.name]),
                align: "right" as const,
              },
            ],
      ),
    [dimensions],
  );
  const label = "Settings and objective of every trial";
  const left = trials.length - drawn.length;
  return (
    <ChartFrame
      testId="parallel-chart"
      title={label}
      remark={left === 0 ? `the best ${STRONG} in full hue` : `the best ${formatCount(drawn.length)} of ${formatCount(trials.length)}, the first ${STRONG} in full hue`}
      height={HEIGHT}
      empty={drawn.length === 0 ? "No trial has an objective yet" : null}
      chart={<ParallelChart label={label} axes={axes} groups={groups} brushed={brushed} onBrush={onBrush} height={HEIGHT} />}
      numbers={<TrialsNumbers label={label} trials={drawn} objective={objective} extra={extra} height={HEIGHT} />}
    />
  );
}
