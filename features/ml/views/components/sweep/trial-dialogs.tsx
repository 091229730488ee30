import { useMemo, type ReactNode } from "react";
import { ChartCard } from "@ui/components/charts/chart-card";
import type { Series } from "@ui/components/charts/line-chart";
import { Button } from "@ui/components/primitives/button";
import { Dialog } from "@ui/components/primitives/dialog";
import { formatCount, formatSignificant } from "@ui/lib/format";
import { useTrialCurves } from "../../../hooks/use-sweeps";
import { cloneTrial, retryTrials } from "../../../orchestrators/sweeps";
import { configOf } from "../../../state/sweep-form";
import { parameterLabel, PARAMETERS } from "../../../state/sweep-parameters";
import { shortValueText, valueText } from "../../../state/sweep-space";
import { refKey, refOf } from "../../../state/trial-view";
import { METRIC_NAMES, PLATFORM_LOOKS, type Metric, type ParameterValue, type SweepJob, type Trial } from "../../../types";
import { ErrorNote } from "../error-note";
import { PlatformMark } from "../platform-mark";
import type { TrialField } from "./trial-columns";

export function trialName({ number, platform }: Pick<Trial, "number" | "platform">): string {
  return `trial ${number} on ${PLATFORM_LOOKS[platform].name}`;
}

interface TrialLine {
  key: string;
  name: string;
  cells: (trial: Trial) => ReactNode;
  /** Two trials differ where their texts do. */
  text: (trial: Trial) => string;
}

function settingLines(job: SweepJob): TrialLine[] {
  return PARAMETERS.map(({ name }): TrialLine => {
    const of = (trial: Trial) => configOf(job.spec, trial)[name] as ParameterValue;
    return {
      key: name,
      name: parameterLabel(name),
      text: (trial) => valueText(of(trial)),
      cells: (trial) => <span title={valueText(of(trial))}>{shortValueText(of(trial))}</span>,
    };
  });
}

function figureLines(fields: readonly TrialField[]): TrialLine[] {
  return fields
    .filter(({ by }) => by.column !== "parameter" && by.column !== "number" && by.column !== "platform")
    .map((field) => ({
      key: field.key,
      name: field.name,
      cells: field.cell,
      text: (trial: Trial) => {
        const cell = field.cell(trial);
        return typeof cell === "string" ? cell : trial.status;
      },
    }));
}

function LinesTable({ lines, trials, caption }: { lines: readonly TrialLine[]; trials: readonly Trial[]; caption: string }) {
  return (
    <div className="min-h-0 overflow-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="w-full border-separate border-spacing-0">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr>
            <td className="border-b border-line-strong" />
            {trials.map((trial) => (
              <th key={refKey(trial)} scope="col" className="h-7 border-b border-line-strong pl-3 text-right font-medium">
                <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
                  <PlatformMark platform={trial.platform} />
                  Trial {formatCount(trial.number)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.key}>
              <th scope="row" className="h-6 border-b border-line text-left font-normal whitespace-nowrap text-soft">
                {line.name}
              </th>
              {trials.map((trial) => (
                <td key={refKey(trial)} className="figures h-6 border-b border-line pl-3 text-right whitespace-nowrap">
                  {line.cells(trial)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TrialDialogProps {
  job: SweepJob;
  trial: Trial;
  objective: Metric;
  fields: readonly TrialField[];
  onClose: () => void;
}

function Curve({ job, trial, objective }: Pick<TrialDialogProps, "job" | "trial" | "objective">) {
  const refs = useMemo(() => [refOf(trial)], [trial]);
  const curves = useTrialCurves(job.id, refs);
  const epochs = curves.state === "ready" ? curves.value[0]?.epochs : undefined;
  const series = useMemo<Series[]>(
    () => [
      {
        name: METRIC_NAMES[objective],
        colour: PLATFORM_LOOKS[trial.platform].colour,
        points: (epochs ?? []).map((record) => [record.epoch, record.objective] as const),
      },
    ],
    [epochs, objective, trial.platform],
  );
  if (curves.state === "failed") return <ErrorNote what="Its curve could not be read" error={curves.error} onRetry={curves.retry} />;
  return (
    <ChartCard
      title={`${METRIC_NAMES[objective]} on validation rows`}
      series={series}
      xName="Epoch"
      formatY={(value) => formatSignificant(value, 4)}
      mark={trial.best_epoch === null ? undefined : { x: trial.best_epoch, name: "counts" }}
      empty={curves.state === "loading" ? "Loading the curve" : "No epoch yet"}
      height={180}
    />
  );
}

/** Everything about one trial. */
export function TrialDialog({ job, trial, objective, fields, onClose }: TrialDialogProps) {
  const lines = useMemo(() => [...figureLines(fields), ...settingLines(job)], [fields, job]);
  return (
    <Dialog open width="usual" title={`T${trialName(trial).slice(1)}`} onClose={onClose} testId="trial-dialog">
      {trial.error === null ? null : <ErrorNote error={trial.error} />}
      <Curve job={job} trial={trial} objective={objective} />
      <LinesTable lines={lines} trials={[trial]} caption="Figures and settings" />
      <div className="flex justify-end gap-2">
        {trial.status === "failed" ? (
          <Button
            onClick={() => {
              void retryTrials(job.id, [refOf(trial)]);
              onClose();
            }}
          >
            Retry
          </Button>
        ) : null}
        <Button onClick={onClose}>Close</Button>
        <Button
          look="primary"
          onClick={() => {
            cloneTrial(job, trial);
            onClose();
          }}
          data-testid="clone-trial"
        >
          Clone into Train
        </Button>
      </div>
    </Dialog>
  );
}

interface CompareDialogProps {
  job: SweepJob;
  trials: readonly Trial[];
  fields: readonly TrialField[];
  onClose: () => void;
}

/** Trials side by side, only what differs between them. */
export function CompareDialog({ job, trials, fields, onClose }: CompareDialogProps) {
  const lines = useMemo(
    () =>
      [...settingLines(job), ...figureLines(fields)].filter((line) => new Set(trials.map(line.text)).size > 1),
    [fields, job, trials],
  );
  return (
    <Dialog open width="wide" title={`${trials.length} trials, where they differ`} onClose={onClose} testId="compare-dialog">
      {lines.length === 0 ? <p className="text-soft">They do not differ in anything.</p> : <LinesTable lines={lines} trials={trials} caption="Differences" />}
      <div className="flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}
