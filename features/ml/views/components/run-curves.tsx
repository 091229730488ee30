import { useMemo, useState } from "react";
import { ChartCard } from "@ui/components/charts/chart-card";
import type { Series } from "@ui/components/charts/line-chart";
import { Panel } from "@ui/components/primitives/panel";
import { Segmented } from "@ui/components/primitives/segmented";
import { formatSignificant } from "@ui/lib/format";
import { useEpochs } from "../../hooks/use-runs";
import {
  isUnderWay,
  METRIC_NAMES,
  METRICS_OF_TASK,
  PLATFORM_LOOKS,
  type EpochRecord,
  type Metric,
  type Run,
  type Task,
} from "../../types";

type Pick = (record: EpochRecord) => number | null | undefined;

function curve(name: string, colour: string, dashed: boolean, epochs: readonly EpochRecord[], pick: Pick): Series {
  const points = epochs
    .map((record) => [record.epoch, pick(record) ?? null] as const)
    .filter(([, value]) => value !== null);
  return { name, colour, dashed, points };
}

const formatLoss = (value: number) => formatSignificant(value, 4);

function MetricChart({ run, task, colour, epochs }: { run: Run; task: Task; colour: string; epochs: readonly EpochRecord[] }) {
  const metrics = METRICS_OF_TASK[task];
  const [chosen, setChosen] = useState<Metric | null>(null);
  const metric = chosen !== null && metrics.includes(chosen) ? chosen : (metrics[0] ?? "accuracy");
  const series = useMemo(
    () => [
      curve("Validation", colour, false, epochs, (record) => record.validation_metrics[metric]),
      curve("Train", "var(--ink-faint)", true, epochs, (record) => record.train_metrics[metric]),
    ],
    [colour, epochs, metric],
  );
  return (
    <ChartCard
      key={run.id}
      testId="metric-chart"
      title={METRIC_NAMES[metric]}
      series={series}
      xName="Epoch"
      formatY={formatLoss}
      empty="No epoch yet"
      heading={
        <Segmented
          label="Metric"
          options={metrics.map((value) => ({ value, label: METRIC_NAMES[value] }))}
          value={metric}
          onChange={setChosen}
        />
      }
    />
  );
}

/** Loss and metric over the epochs of a run, as they come in. */
export function RunCurves({ run }: { run: Run }) {
  const epochs = useEpochs(run);
  const { colour } = PLATFORM_LOOKS[run.platform];
  const losses = useMemo(
    () => [
      curve("Validation", colour, false, epochs, (record) => record.validation_loss),
      curve("Train", "var(--ink-faint)", true, epochs, (record) => record.train_loss),
    ],
    [colour, epochs],
  );
  const best = run.outcome?.best_epoch;
  const mark = useMemo(() => (best === undefined ? undefined : { x: best, name: "kept" }), [best]);
  if (epochs.length === 0 && !isUnderWay(run.status)) return null;
  return (
    <Panel title="Curves" testId="run-curves">
      <div className="grid grid-cols-1 gap-4 p-3 min-[1240px]:grid-cols-2">
        <ChartCard
          key={run.id}
          testId="loss-chart"
          title="Loss"
          series={losses}
          xName="Epoch"
          formatY={formatLoss}
          mark={mark}
          empty="No epoch yet"
        />
        {run.task === null ? null : <MetricChart run={run} task={run.task} colour={colour} epochs={epochs} />}
      </div>
    </Panel>
  );
}
