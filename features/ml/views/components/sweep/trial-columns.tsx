/** The columns that a table of trials can have. */
import { Star } from "lucide-react";
import type { ReactNode } from "react";
import type { HeadSort } from "@ui/components/table/sort-head";
import type { SelectColumn } from "@ui/components/table/select-grid";
import { formatBytes, formatCount, formatSeconds, MISSING } from "@ui/lib/format";
import { parameterLabel, parameterOf } from "../../../state/sweep-parameters";
import { shortValueText } from "../../../state/sweep-space";
import { isHigherBetter } from "../../../state/trial-charts";
import { columnKey } from "../../../state/trial-view";
import {
  METRIC_NAMES,
  METRICS_OF_TASK,
  PLATFORM_LOOKS,
  type Metric,
  type Platform,
  type Trial,
  type TrialColumn,
  type TrialSort,
} from "../../../types";
import { formatMetric } from "../metric-format";
import { PlatformMark } from "../platform-mark";
import { BYTES_A_PARAMETER } from "./best-comparison-card";
import { TrialStatusMark } from "./trial-status-mark";

export interface TrialField {
  key: string;
  name: string;
  /** What the core sorts and filters by. */
  by: TrialColumn;
  width: number;
  align: "left" | "right";
  cell: (trial: Trial) => ReactNode;
  /** Shown while nobody has chosen. */
  isUsual: boolean;
  /** Cannot be hidden. */
  isFixed: boolean;
  /** Whether a range of it can be asked for. */
  isNumeric: boolean;
  /** The better end is the largest. */
  descendingFirst: boolean;
}

function field(by: TrialColumn, name: string, cell: TrialField["cell"], more: Partial<TrialField> = {}): TrialField {
  return {
    key: columnKey(by),
    name,
    by,
    width: Math.max(84, Math.round(name.length * 7.2) + 34),
    align: "right",
    cell,
    isUsual: true,
    isFixed: false,
    isNumeric: true,
    descendingFirst: false,
    ...more,
  };
}

export function metricsLike(objective: Metric): readonly Metric[] {
  const isRegression = objective === "rmse" || objective === "mae" || objective === "r2";
  return METRICS_OF_TASK[isRegression ? "regression" : "classification"];
}

/** Pixels for a figure and how far it spreads. */
const WITH_SPREAD = 132;

function parameterField(name: string): TrialField {
  const kind = parameterOf(name)?.kind;
  const isNumeric = kind === "real" || kind === "whole";
  return field(
    { column: "parameter", name },
    parameterLabel(name),
    ({ params }) => (name in params ? shortValueText(params[name]) : <span className="text-faint">{MISSING}</span>),
    { isNumeric, align: isNumeric ? "right" : "left" },
  );
}

interface About {
  /** Marked by a star: the best of each platform. */
  isBest: (trial: Trial) => boolean;
  objective: Metric;
  swept: readonly string[];
  platforms: readonly Platform[];
  /** Trials are judged on folds, whose spread is told beside the objective. */
  hasFolds: boolean;
}

/** All of them, in the order in which they are shown; the first names its row. */
export function trialFields({ isBest, objective, swept, platforms, hasFolds }: About): TrialField[] {
  const isBoth = platforms.length > 1;
  const metrics = metricsLike(objective).filter((metric) => metric !== objective);
  return [
    field(
      { column: "number" },
      "Trial",
      (trial) => (
        <span className="inline-flex items-center gap-1.5">
          {isBoth ? <PlatformMark platform={trial.platform} /> : null}
          {formatCount(trial.number)}
          {isBest(trial) ? <Star size={12} className="fill-current text-accent" aria-label="best" /> : null}
          {trial.stage === "confirmation" ? (
            <span className="text-xs text-faint" title={`Repeats trial ${trial.confirms ?? ""} with another seed`}>
              ↻{trial.confirms}
            </span>
          ) : null}
        </span>
      ),
      { isFixed: true, align: "left", width: 108 },
    ),
    ...(isBoth
      ? [
          field({ column: "platform" }, "Platform", (trial) => PLATFORM_LOOKS[trial.platform].name, {
            align: "left",
            isNumeric: false,
            isUsual: false,
          }),
        ]
      : []),
    field(
      { column: "objective" },
      METRIC_NAMES[objective],
      (trial) => (
        <>
          {formatMetric(objective, trial.objective, null)}
          {trial.objective_sd === null ? null : (
            <span className="text-faint" title="Standard deviation over the folds">
              {` ± ${formatMetric(objective, trial.objective_sd, null)}`}
            </span>
          )}
        </>
      ),
      { isFixed: true, descendingFirst: isHigherBetter(objective), ...(hasFolds ? { width: WITH_SPREAD } : {}) },
    ),
    ...swept.map(parameterField),
    ...metrics.map((metric) =>
      field({ column: "metric", metric }, METRIC_NAMES[metric], (trial) => formatMetric(metric, trial.metrics[metric], null), {
        descendingFirst: isHigherBetter(metric),
      }),
    ),
    field({ column: "best_epoch" }, "Best epoch", (trial) => formatCount(trial.best_epoch)),
    field({ column: "epoch" }, "Epochs trained", (trial) => `${formatCount(trial.epoch)} of ${formatCount(trial.epochs)}`, {
      isUsual: false,
    }),
    field({ column: "train_seconds" }, "Time", (trial) => (trial.epoch === 0 ? MISSING : formatSeconds(trial.train_seconds))),
    field({ column: "parameter_count" }, "Size", (trial) =>
      formatBytes(trial.parameter_count === null ? null : trial.parameter_count * BYTES_A_PARAMETER),
    ),
    field({ column: "seed" }, "Seed", (trial) => String(trial.seed), { isUsual: false, width: 110 }),
    field({ column: "status" }, "State", (trial) => <TrialStatusMark status={trial.status} />, {
      align: "left",
      isNumeric: false,
      width: 104,
    }),
  ];
}

/** Those that show: the fixed ones, and those chosen or, while nobody chose, the usual. */
export function shownFields(fields: readonly TrialField[], chosen: readonly string[] | null): TrialField[] {
  return fields.filter((one) => one.isFixed || (chosen === null ? one.isUsual : chosen.includes(one.key)));
}

/** For the grid, with what the order says of each. */
export function gridColumns(
  fields: readonly TrialField[],
  sort: readonly TrialSort[],
  onSort: (by: TrialColumn, how: { adds: boolean; descendingFirst: boolean }) => void,
): SelectColumn<Trial>[] {
  return fields.map(({ key, name, by, width, align, cell, descendingFirst }) => {
    const rank = sort.findIndex((one) => columnKey(one.by) === key);
    const now = sort[rank];
    const head: HeadSort = {
      order: now === undefined ? null : now.descending ? "descending" : "ascending",
      rank: now === undefined || sort.length < 2 ? null : rank + 1,
      onPress: (adds) => {
        onSort(by, { adds, descendingFirst });
      },
    };
    return { key, header: name, width, align, cell, sort: head };
  });
}
