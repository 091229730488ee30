import { useMemo } from "react";
import { ChartCard } from "@ui/components/charts/chart-card";
import type { Series } from "@ui/components/charts/line-chart";
import { Panel } from "@ui/components/primitives/panel";
import { formatBytes, formatCount, formatSeconds, formatSignificant, withSign } from "@ui/lib/format";
import { useEpochs, usePartners } from "../../hooks/use-runs";
import { useSweepOfRun } from "../../hooks/use-sweep-pages";
import { METRIC_NAMES, METRICS_OF_TASK, PLATFORM_LOOKS, PLATFORMS, type EpochRecord, type Run } from "../../types";
import { formatMetric } from "./metric-format";
import { PlatformName } from "./platform-mark";
import { artifactBytes } from "./run-facts";
import { StatusBadge } from "./status-badge";

interface Line {
  key: string;
  name: string;
  value: (run: Run) => number | null | undefined;
  format: (value: number | null | undefined) => string;
}

function linesFor(run: Run): Line[] {
  const rows = run.split?.test;
  const metrics = run.task === null ? [] : METRICS_OF_TASK[run.task];
  return [
    ...metrics.map(
      (metric): Line => ({
        key: metric,
        name: METRIC_NAMES[metric],
        value: ({ outcome }) => outcome?.metrics.test[metric],
        format: (value) => formatMetric(metric, value, rows),
      }),
    ),
    { key: "seconds", name: "Training time", value: ({ outcome }) => outcome?.train_seconds, format: formatSeconds },
    { key: "bytes", name: "Model size", value: artifactBytes, format: formatBytes },
    { key: "parameters", name: "Parameters", value: ({ outcome }) => outcome?.parameter_count, format: formatCount },
    { key: "epochs", name: "Epochs", value: ({ outcome, epoch }) => outcome?.epochs_run ?? epoch, format: formatCount },
  ];
}

/** The difference in the line's own form: −1.2 s, +0.004. */
function difference({ format }: Line, a: number | null | undefined, b: number | null | undefined): string {
  if (typeof a !== "number" || typeof b !== "number") return "–";
  const size = format(Math.abs(b - a));
  return withSign(b < a ? `−${size}` : size);
}

function validationLoss(run: Run, epochs: readonly EpochRecord[]): Series {
  const { name, colour } = PLATFORM_LOOKS[run.platform];
  const points = epochs
    .map((record) => [record.epoch, record.validation_loss ?? record.train_loss] as const)
    .filter(([, value]) => value !== null);
  return { name, colour, dashed: run.platform === "tensorflow", points };
}

function Curves({ a, b }: { a: Run; b: Run }) {
  const epochsA = useEpochs(a);
  const epochsB = useEpochs(b);
  const series = useMemo(() => [validationLoss(a, epochsA), validationLoss(b, epochsB)], [a, b, epochsA, epochsB]);
  const isValidated = (a.config.validation_fraction ?? 0) > 0;
  return (
    <ChartCard
      testId="comparison-chart"
      title={isValidated ? "Validation loss on both" : "Training loss on both"}
      series={series}
      xName="Epoch"
      formatY={(value) => formatSignificant(value, 4)}
      empty="No epoch yet"
    />
  );
}

/** The two runs of one job side by side; nothing where the job ran on one platform. */
export function ComparisonCard({ run }: { run: Run }) {
  const partners = usePartners(run);
  const isOfSweep = useSweepOfRun(run) !== null;
  const both = PLATFORMS.map((platform) => [run, ...partners].find((one) => one.platform === platform));
  const [a, b] = both;
  if (a === undefined || b === undefined) return null;
  return (
    <Panel
      title={isOfSweep ? "The sweep’s best on both platforms" : "Both platforms, from the same start"}
      testId="comparison-card"
    >
      <div className="grid grid-cols-1 gap-4 p-3 min-[1240px]:grid-cols-2">
        <table className="w-full self-start border-separate border-spacing-0">
          <caption className="sr-only">Test metrics and cost on both platforms</caption>
          <thead>
            <tr className="text-sm text-soft">
              <th scope="col" className="h-7 border-b border-line-strong text-left font-medium">
                On test rows
              </th>
              {[a, b].map((one) => (
                <th key={one.id} scope="col" className="h-7 border-b border-line-strong text-right font-medium">
                  <PlatformName platform={one.platform} />
                </th>
              ))}
              <th scope="col" className="h-7 border-b border-line-strong text-right font-medium">
                Difference
              </th>
            </tr>
          </thead>
          <tbody>
            {linesFor(run).map((line) => (
              <tr key={line.key} data-testid={`comparison-${line.key}`}>
                <th scope="row" className="h-7 border-b border-line text-left font-normal">
                  {line.name}
                </th>
                {[a, b].map((one) => (
                  <td key={one.id} className="figures h-7 border-b border-line text-right">
                    {line.format(line.value(one))}
                  </td>
                ))}
                <td className="figures h-7 border-b border-line text-right text-soft">
                  {difference(line, line.value(a), line.value(b))}
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row" className="h-7 text-left font-normal">
                Status
              </th>
              {[a, b].map((one) => (
                <td key={one.id} className="h-7 text-right">
                  <StatusBadge status={one.status} />
                </td>
              ))}
              <td />
            </tr>
          </tbody>
        </table>
        <Curves a={a} b={b} />
      </div>
    </Panel>
  );
}
