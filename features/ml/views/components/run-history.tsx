import { Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Confirm } from "@ui/components/primitives/dialog";
import { InlineName } from "@ui/components/primitives/inline-name";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatMoment, formatSeconds } from "@ui/lib/format";
import { useDistillationOf } from "../../hooks/use-distillation-pages";
import { useRunTroubles } from "../../hooks/use-runs";
import { useIsSweepRun } from "../../hooks/use-sweep-pages";
import { deleteRun, openRun, renameRun } from "../../orchestrators/runs";
import { isUnderWay, METRIC_NAMES, METRICS_OF_TASK, type DistillationJob, type Run } from "../../types";
import { ErrorNote } from "./error-note";
import { formatMetric } from "./metric-format";
import { PlatformName } from "./platform-mark";
import { RunRoleMark } from "./run-role-mark";
import { StatusBadge } from "./status-badge";

interface RunHistoryProps {
  runs: readonly Run[];
  /** Told after a run was opened, so that its page can be shown. */
  onOpen?: (run: Run) => void;
  /** Told after a distillation was opened, so that its page can be shown. */
  onOpenDistillation?: () => void;
  currentId?: string;
  /** On a platform's page, both need no column. */
  withPlatform: boolean;
  withDataset: boolean;
  maxHeight?: number;
}

function mainMetric({ task, outcome, split }: Run): { value: number | undefined; text: string } {
  const metric = task === null ? undefined : METRICS_OF_TASK[task][0];
  const value = metric === undefined ? undefined : outcome?.metrics.test[metric];
  if (metric === undefined || typeof value !== "number") return { value: undefined, text: "–" };
  return { value, text: `${METRIC_NAMES[metric]} ${formatMetric(metric, value, split?.test)}` };
}

function columnsFor(
  { withPlatform, withDataset, onOpen, onOpenDistillation }: RunHistoryProps,
  now: number,
  askDelete: (run: Run) => void,
  isFromSweep: (run: Run) => boolean,
  distillationOf: (run: Run) => DistillationJob | null,
): DataColumn<Run>[] {
  const platform: DataColumn<Run> = {
    id: "platform",
    header: "Platform",
    value: (run) => run.platform,
    cell: (run) => <PlatformName platform={run.platform} />,
  };
  const dataset: DataColumn<Run> = {
    id: "dataset",
    header: "Dataset",
    value: (run) => run.dataset.name,
    cell: (run) => <span className="block truncate">{run.dataset.name}</span>,
  };
  return [
    {
      id: "name",
      header: "Run",
      value: (run) => run.name,
      cell: (run) => (
        <span className="flex min-w-0 items-center gap-1">
          <InlineName name={run.name} subject={`run ${run.name}`} onRename={(name) => void renameRun(run, name)} />
          {isFromSweep(run) ? (
            <span className="shrink-0 rounded-sm bg-sunken px-1 text-xs text-soft" title="Made of the best trial of a sweep">
              from a sweep
            </span>
          ) : null}
          <RunRoleMark run={run} distillation={distillationOf(run)} onOpenDistillation={onOpenDistillation} />
        </span>
      ),
    },
    ...(withPlatform ? [platform] : []),
    ...(withDataset ? [dataset] : []),
    {
      id: "target",
      header: "Target",
      value: (run) => run.target,
      cell: (run) => <span className="block truncate">{run.target}</span>,
    },
    {
      id: "status",
      header: "Status",
      value: (run) => run.status,
      cell: (run) => <StatusBadge status={run.status} />,
    },
    {
      id: "metric",
      header: "Test",
      value: (run) => mainMetric(run).value,
      cell: (run) => mainMetric(run).text,
      align: "right",
    },
    {
      id: "seconds",
      header: "Time",
      value: (run) => run.outcome?.train_seconds ?? undefined,
      cell: (run) => formatSeconds(run.outcome?.train_seconds),
      align: "right",
    },
    {
      id: "created",
      header: "Started",
      value: (run) => run.created_at ?? undefined,
      cell: (run) => formatMoment(run.created_at, now),
      align: "right",
    },
    {
      id: "actions",
      header: "Actions",
      sortable: false,
      value: () => undefined,
      cell: (run) => (
        <span className="flex justify-end gap-1">
          <Button
            look="quiet"
            className="px-2"
            aria-label={`Open run ${run.name}`}
            onClick={() => {
              void openRun(run);
              onOpen?.(run);
            }}
          >
            Open
          </Button>
          <Button
            look="quiet"
            square
            aria-label={`Delete run ${run.name}`}
            title={isUnderWay(run.status) ? "Cancel it first" : undefined}
            disabled={isUnderWay(run.status)}
            onClick={() => {
              askDelete(run);
            }}
          >
            <Trash2 size={13} aria-hidden />
          </Button>
        </span>
      ),
    },
  ];
}

/** Runs to open, rename and delete; newest first until sorted. */
export function RunHistory(props: RunHistoryProps) {
  const { runs, currentId, maxHeight, withPlatform, withDataset, onOpen, onOpenDistillation } = props;
  const [doomed, setDoomed] = useState<Run | null>(null);
  const [now] = useState(() => Date.now());
  const troubles = useRunTroubles(runs);
  const isFromSweep = useIsSweepRun();
  const distillationOf = useDistillationOf();
  const columns = useMemo(
    () => columnsFor({ runs: [], withPlatform, withDataset, onOpen, onOpenDistillation }, now, setDoomed, isFromSweep, distillationOf),
    [withPlatform, withDataset, onOpen, onOpenDistillation, now, isFromSweep, distillationOf],
  );
  return (
    <>
      {troubles.map(({ run, error }) => (
        <div key={run.id} className="p-2">
          <ErrorNote what={run.name} error={error} />
        </div>
      ))}
      <DataTable
        label="Runs"
        testId="run-history"
        columns={columns}
        rows={runs}
        rowKey={(run) => run.id}
        isCurrent={(run) => run.id === currentId}
        maxHeight={maxHeight}
      />
      <Confirm
        open={doomed !== null}
        danger
        title={`Delete ${doomed?.name ?? "run"}?`}
        action="Delete run"
        onClose={() => {
          setDoomed(null);
        }}
        onConfirm={() => {
          if (doomed !== null) void deleteRun(doomed);
          setDoomed(null);
        }}
      >
        Its figures, curves and model files are deleted. Files that you exported stay.
      </Confirm>
    </>
  );
}
