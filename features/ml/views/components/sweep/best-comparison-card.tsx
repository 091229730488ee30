import type { ReactNode } from "react";
import { Button } from "@ui/components/primitives/button";
import { Panel } from "@ui/components/primitives/panel";
import { formatBytes, formatCount, formatCounted, formatSeconds, MISSING } from "@ui/lib/format";
import { useRun } from "../../../hooks/use-sweeps";
import { cloneTrial } from "../../../orchestrators/sweeps";
import { parameterLabel } from "../../../state/sweep-parameters";
import { shortValueText } from "../../../state/sweep-space";
import { differenceInWords, pairsInWords, pInWords } from "../../../state/verdict";
import {
  isOpenEnded,
  METRIC_NAMES,
  METRICS_OF_TASK,
  PLATFORM_LOOKS,
  PLATFORMS,
  type BestTrial,
  type Metric,
  type PlatformComparison,
  type Run,
  type SweepJob,
  type SweepSnapshot,
} from "../../../types";
import { formatMetric } from "../metric-format";
import { PlatformMark, PlatformName } from "../platform-mark";
import { artifactBytes, spanInMicros } from "../run-facts";

/** float32 */
export const BYTES_A_PARAMETER = 4;

interface Side {
  best: BestTrial;
  run: Run | null;
}

interface Line {
  key: string;
  name: string;
  text: (side: Side) => string;
  /** Whether sides that differ are set in bold. */
  tells: boolean;
}

interface LineGroup {
  /** Above its lines; the first group of a table needs none. */
  title: string | null;
  lines: readonly Line[];
}

function figureGroups({ objective }: SweepSnapshot, sides: readonly Side[]): LineGroup[] {
  const isRegression = objective === "rmse" || objective === "mae" || objective === "r2";
  const metrics = METRICS_OF_TASK[isRegression ? "regression" : "classification"];
  const part = (title: string, key: string, text: (metric: Metric, side: Side) => string): LineGroup => ({
    title,
    lines: metrics.map((metric) => ({
      key: `${key}-${metric}`,
      name: METRIC_NAMES[metric],
      text: (side) => text(metric, side),
      tells: false,
    })),
  });
  const validation = part("On validation rows", "validation", (metric, { best, run }) =>
    formatMetric(metric, best.trial.metrics[metric], run?.split?.validation),
  );
  const test = part("On test rows", "test", (metric, { run }) =>
    formatMetric(metric, run?.outcome?.metrics.test[metric], run?.split?.test),
  );
  const seeds = sides.find(({ best }) => best.confirmed !== null)?.best.confirmed?.n;
  const confirmed: Line = {
    key: "confirmed",
    name: `${METRIC_NAMES[objective]}, ${formatCounted(seeds ?? 0, "seed")}`,
    text: ({ best: { confirmed: of } }) =>
      of === null ? MISSING : `${formatMetric(objective, of.mean, null)} ± ${formatMetric(objective, of.sd, null)}`,
    tells: false,
  };
  const hasTest = sides.some(({ run }) => run !== null && run.outcome !== null);
  return [
    seeds === undefined ? validation : { ...validation, lines: [...validation.lines, confirmed] },
    ...(hasTest ? [test] : []),
  ];
}

function settingLines({ swept }: SweepSnapshot): Line[] {
  return [
    { key: "trial", name: "Trial", text: ({ best }) => formatCount(best.trial.number), tells: false },
    ...swept.map(
      (name): Line => ({
        key: `parameter-${name}`,
        name: parameterLabel(name),
        text: ({ best }) => (name in best.trial.params ? shortValueText(best.trial.params[name]) : MISSING),
        tells: true,
      }),
    ),
    {
      key: "seconds",
      name: "Training time",
      text: ({ best, run }) => formatSeconds(run?.outcome?.train_seconds ?? best.trial.train_seconds),
      tells: false,
    },
    {
      key: "bytes",
      name: "Model size",
      text: ({ best, run }) => {
        const count = best.trial.parameter_count;
        return formatBytes((run === null ? null : artifactBytes(run)) ?? (count === null ? null : count * BYTES_A_PARAMETER));
      },
      tells: false,
    },
    {
      key: "latency",
      name: "1 row, p50 / p95",
      text: ({ run }) => spanInMicros(run, 1),
      tells: false,
    },
    {
      key: "latency-many",
      name: "1,024 rows, p50 / p95",
      text: ({ run }) => spanInMicros(run, 1024),
      tells: false,
    },
    { key: "parameters", name: "Parameters", text: ({ best }) => formatCount(best.trial.parameter_count), tells: false },
  ];
}

function Verdict({ comparison, objective }: { comparison: PlatformComparison; objective: Metric }) {
  const { verdict, mcnemar_p, pairs } = comparison;
  return (
    <div className="border-b border-line px-3 py-2" data-testid="comparison-verdict">
      <p className="text-lg font-semibold first-letter:uppercase">{verdict}</p>
      <p className="figures text-soft">
        {differenceInWords(comparison)}
        {mcnemar_p === null ? "" : `. McNemar’s exact test: ${pInWords(mcnemar_p)}`}.
      </p>
      {pairs === null ? null : (
        <p className="figures text-soft" data-testid="pair-agreement">
          {pairsInWords(pairs, objective)}.
        </p>
      )}
    </div>
  );
}

function Actions({ job, side, onOpenRun }: { job: SweepJob; side: Side; onOpenRun: (run: Run) => void }) {
  const { run, best } = side;
  return (
    <li className="flex items-center gap-1">
      <PlatformMark platform={best.trial.platform} />
      {run === null ? null : (
        <Button
          look="quiet"
          className="px-2"
          aria-label={`Open run ${run.name}`}
          onClick={() => {
            onOpenRun(run);
          }}
        >
          Open run
        </Button>
      )}
      <Button
        look="quiet"
        className="px-2"
        aria-label={`Clone into Train: the best of ${PLATFORM_LOOKS[best.trial.platform].name}`}
        onClick={() => {
          cloneTrial(job, best.trial);
        }}
      >
        Clone into Train
      </Button>
    </li>
  );
}

interface LinesTableProps {
  caption: string;
  sides: readonly Side[];
  groups: readonly LineGroup[];
}

function GroupRows({ group: { title, lines }, sides }: { group: LineGroup; sides: readonly Side[] }) {
  return (
    <>
      {title === null ? null : (
        <tr>
          <th scope="colgroup" colSpan={sides.length + 1} className="h-7 border-b border-line text-left align-bottom font-medium">
            {title}
          </th>
        </tr>
      )}
      {lines.map((line) => {
        const texts = sides.map(line.text);
        const differs = line.tells && new Set(texts).size > 1;
        return (
          <tr key={line.key} data-testid={`best-${line.key}`}>
            <th scope="row" className="h-6 border-b border-line text-left font-normal whitespace-nowrap text-soft">
              {line.name}
            </th>
            {texts.map((text, index) => (
              <td
                key={sides[index]?.best.trial.platform ?? index}
                className={`figures h-6 border-b border-line pl-3 text-right whitespace-nowrap ${differs ? "font-semibold" : ""}`}
              >
                {text}
              </td>
            ))}
          </tr>
        );
      })}
    </>
  );
}

function LinesTable({ caption, sides, groups }: LinesTableProps) {
  return (
    <table className="w-full border-separate border-spacing-0">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          <td className="border-b border-line-strong" />
          {sides.map(({ best: { trial } }) => (
            <th key={trial.platform} scope="col" className="h-7 border-b border-line-strong pl-3 text-right font-medium">
              <PlatformName platform={trial.platform} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <GroupRows key={group.title} group={group} sides={sides} />
        ))}
      </tbody>
    </table>
  );
}

interface BestComparisonCardProps {
  job: SweepJob;
  snapshot: SweepSnapshot;
  onOpenRun: (run: Run) => void;
}

function remark(job: SweepJob, { comparison, best }: SweepSnapshot): ReactNode {
  if (comparison !== null || best.length < 2) return null;
  return (
    <p className="border-b border-line px-3 py-2 text-soft">
      {isOpenEnded(job.status)
        ? "So far. Test rows take no part in the search; once it ends, the best of both are compared on them."
        : "The best of both were not compared on test rows, since the sweep did not come to its end."}
    </p>
  );
}

/** The best PyTorch trial against the best TensorFlow trial; the best of one alone where there is but one. */
export function BestComparisonCard({ job, snapshot, onOpenRun }: BestComparisonCardProps) {
  const { best, comparison, objective } = snapshot;
  const at = (index: number) => best.find((one) => one.trial.platform === PLATFORMS[index]);
  const [first, second] = [at(0), at(1)];
  const runs = [useRun(first?.run_id), useRun(second?.run_id)];
  const sides = [first, second].flatMap((one, index): Side[] =>
    one === undefined ? [] : [{ best: one, run: runs[index] ?? null }],
  );
  const [only] = sides;
  if (only === undefined) return null;
  const isBoth = sides.length > 1;
  return (
    <Panel
      testId="BestComparisonCard"
      title={isBoth ? "Best PyTorch against best TensorFlow" : `Best of ${PLATFORM_LOOKS[only.best.trial.platform].name}`}
    >
      {comparison === null ? remark(job, snapshot) : <Verdict comparison={comparison} objective={objective} />}
      <div className="grid grid-cols-1 items-start gap-x-6 px-3 pt-1 pb-2 min-[1240px]:grid-cols-2">
        <LinesTable
          caption="Settings and cost of the best trials"
          sides={sides}
          groups={[{ title: null, lines: settingLines(snapshot) }]}
        />
        <LinesTable caption="Metrics of the best trials" sides={sides} groups={figureGroups(snapshot, sides)} />
      </div>
      <ul className="flex flex-wrap justify-end gap-x-6 gap-y-1 border-t border-line px-3 py-1.5">
        {sides.map((side) => (
          <Actions key={side.best.trial.platform} job={job} side={side} onOpenRun={onOpenRun} />
        ))}
      </ul>
    </Panel>
  );
}
