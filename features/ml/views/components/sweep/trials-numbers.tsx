import { useMemo } from "react";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatCount } from "@ui/lib/format";
import type { ChartTrial } from "../../../state/trial-charts";
import { refKey } from "../../../state/trial-view";
import { METRIC_NAMES, PLATFORM_LOOKS, TRIAL_STATUS_NAMES, type Metric } from "../../../types";
import { formatMetric } from "../metric-format";

interface TrialsNumbersProps {
  label: string;
  trials: readonly ChartTrial[];
  objective: Metric;
  /** What the chart draws beside the objective. */
  extra: readonly DataColumn<ChartTrial>[];
  height: number;
}

/** The trials that a chart draws, as a table. */
export function TrialsNumbers({ label, trials, objective, extra, height }: TrialsNumbersProps) {
  const columns = useMemo<DataColumn<ChartTrial>[]>(
    () => [
      { id: "number", header: "Trial", value: (trial) => trial.number, cell: (trial) => formatCount(trial.number), align: "right" },
      {
        id: "platform",
        header: "Platform",
        value: (trial) => trial.platform,
        cell: (trial) => PLATFORM_LOOKS[trial.platform].name,
      },
      ...extra,
      {
        id: "objective",
        header: METRIC_NAMES[objective],
        value: (trial) => trial.objective,
        cell: (trial) => formatMetric(objective, trial.objective, null),
        align: "right",
      },
      {
        id: "status",
        header: "State",
        value: (trial) => trial.status,
        cell: (trial) => TRIAL_STATUS_NAMES[trial.status],
      },
    ],
    [extra, objective],
  );
  return <DataTable label={`${label}, numbers`} columns={columns} rows={trials} rowKey={refKey} maxHeight={height} />;
}
