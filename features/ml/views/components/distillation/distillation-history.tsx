import { useMemo, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Panel } from "@ui/components/primitives/panel";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatMoment } from "@ui/lib/format";
import { useRunNames } from "../../../hooks/use-distillations";
import { openDistillation } from "../../../orchestrators/distillation-pages";
import { specInWords, teacherInWords } from "../../../state/distillation-form";
import type { DistillationJob, JobId, RunId } from "../../../types";
import { PlatformMark } from "../platform-mark";
import { StatusBadge } from "../status-badge";

function columnsFor(now: number, nameOf: (run: RunId) => string | undefined): DataColumn<DistillationJob>[] {
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
      id: "teacher",
      header: "Teacher",
      value: (job) => teacherInWords(job.spec.teacher, nameOf),
      cell: (job) => <span className="block truncate">{teacherInWords(job.spec.teacher, nameOf)}</span>,
    },
    {
      id: "student",
      header: "Student",
      value: (job) => specInWords(job.spec),
      cell: (job) => <span className="block truncate">{specInWords(job.spec)}</span>,
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
      id: "actions",
      header: "Actions",
      sortable: false,
      value: () => undefined,
      cell: (job) => (
        <span className="flex justify-end">
          <Button
            look="quiet"
            className="px-2"
            aria-label={`Open the distillation for ${job.spec.target} from ${formatMoment(job.created_at, now)}`}
            onClick={() => {
              openDistillation(job);
            }}
          >
            Open
          </Button>
        </span>
      ),
    },
  ];
}

interface DistillationHistoryProps {
  distillations: readonly DistillationJob[];
  currentId: JobId | undefined;
}

/** Distillations to open, newest first until sorted. */
export function DistillationHistory({ distillations, currentId }: DistillationHistoryProps) {
  const [now] = useState(() => Date.now());
  const nameOf = useRunNames();
  const columns = useMemo(() => columnsFor(now, nameOf), [now, nameOf]);
  return (
    <Panel title="Distillations on this dataset">
      <DataTable
        label="Distillations"
        testId="distil-history"
        columns={columns}
        rows={distillations}
        rowKey={(job) => job.id}
        isCurrent={(job) => job.id === currentId}
        maxHeight={240}
      />
    </Panel>
  );
}
