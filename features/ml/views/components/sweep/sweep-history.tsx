import { useMemo, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Panel } from "@ui/components/primitives/panel";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatCount, formatMoment } from "@ui/lib/format";
import { openSweep } from "../../../orchestrators/sweep-pages";
import type { JobId, SamplerKind, SweepJob } from "../../../types";
import { PlatformMark } from "../platform-mark";
import { StatusBadge } from "../status-badge";

const SAMPLER_NAMES: Record<SamplerKind, string> = { grid: "Grid", random: "Random", sobol: "Sobol", tpe: "TPE" };

function columnsFor(now: number): DataColumn<SweepJob>[] {
  return [
    {
      id: "created",
      header: "Started",
      value: (job) => job.created_at ?? undefined,
      cell: (job) => formatMoment(job.created_at, now),
    },
    {
      id: "target",
      header: "Target",
      value: (job) => job.spec.target,
      cell: (job) => <span className="block truncate">{job.spec.target}</span>,
    },
    {
      id: "platforms",
      header: "On",
      value: (job) => job.spec.platforms.join(" "),
      cell: (job) => (
        <span className="flex gap-1">
          {job.spec.platforms.map((platform) => (
            <PlatformMark key={platform} platform={platform} />
          ))}
          <span className="sr-only">{job.spec.platforms.join(" and ")}</span>
        </span>
      ),
    },
    { id: "status", header: "Status", value: (job) => job.status, cell: (job) => <StatusBadge status={job.status} /> },
    {
      id: "sampler",
      header: "Proposed by",
      value: (job) => SAMPLER_NAMES[job.spec.sampler],
      cell: (job) => SAMPLER_NAMES[job.spec.sampler],
    },
    {
      id: "trials",
      header: "Configurations",
      value: (job) => job.spec.n_trials,
      cell: (job) => formatCount(job.spec.n_trials),
      align: "right",
    },
    {
      id: "actions",
      header: "Actions",
      sortable: false,
      value: () => undefined,
      cell: (job) => (
        <span className="flex justify-end">
          <Button
            look="quiet"
            className="px-2"
            aria-label={`Open the sweep of ${job.spec.target} from ${formatMoment(job.created_at, now)}`}
            onClick={() => {
              openSweep(job);
            }}
          >
            Open
          </Button>
        </span>
      ),
    },
  ];
}

/** Sweeps to open, newest first until sorted. */
export function SweepHistory({ sweeps, currentId }: { sweeps: readonly SweepJob[]; currentId: JobId | undefined }) {
  const [now] = useState(() => Date.now());
  const columns = useMemo(() => columnsFor(now), [now]);
  return (
    <Panel title="Sweeps on this dataset">
      <DataTable
        label="Sweeps"
        testId="sweep-history"
        columns={columns}
        rows={sweeps}
        rowKey={(job) => job.id}
        isCurrent={(job) => job.id === currentId}
        maxHeight={240}
      />
    </Panel>
  );
}
