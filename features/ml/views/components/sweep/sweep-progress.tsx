import type { ReactNode } from "react";
import { formatCount, formatCounted, formatSeconds, formatSignificant, formatTimeLeft } from "@ui/lib/format";
import { isUnderWay, TRIAL_STATUS_NAMES, type JobStatus, type SweepJob, type SweepSnapshot, type TrialCounts, type TrialStatus } from "../../../types";
import { TRIAL_LOOKS } from "./trial-status-mark";

/** Left to right along the bar: what has ended, then what is under way. */
const PARTS: readonly TrialStatus[] = ["succeeded", "pruned", "diverged", "failed", "cancelled", "running", "waiting"];

export function endedOf(counts: TrialCounts): number {
  return counts.succeeded + counts.pruned + counts.diverged + counts.failed + counts.cancelled;
}

function Bar({ counts, planned, label }: { counts: TrialCounts; planned: number; label: string }) {
  const all = Math.max(1, planned, counts.total);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={all}
      aria-valuenow={endedOf(counts)}
      aria-valuetext={`${formatCount(endedOf(counts))} of ${formatCount(all)} trials have ended`}
      className="flex h-1.5 gap-px overflow-hidden rounded-full bg-sunken"
    >
      {PARTS.map((status) =>
        counts[status] === 0 ? null : (
          <span key={status} style={{ width: `${(counts[status] / all) * 100}%`, background: TRIAL_LOOKS[status].fill }} />
        ),
      )}
    </div>
  );
}

function Count({ status, count }: { status: TrialStatus; count: number }) {
  const { mark, text } = TRIAL_LOOKS[status];
  return (
    <li data-testid={`count-${status}`} className="figures flex items-center gap-1">
      <span aria-hidden className={text}>
        {mark}
      </span>
      <span className="font-medium">{formatCount(count)}</span>
      <span className="text-soft">{TRIAL_STATUS_NAMES[status].toLowerCase()}</span>
    </li>
  );
}

function pace(status: JobStatus, { elapsed_secs, remaining_secs, trials_per_minute }: SweepSnapshot): ReactNode {
  const parts = [
    trials_per_minute === null || !isUnderWay(status) ? null : `${formatSignificant(trials_per_minute, 3)} trials a minute`,
    isUnderWay(status) && remaining_secs !== null
      ? `about ${formatTimeLeft(remaining_secs)} left`
      : elapsed_secs !== null && elapsed_secs > 0
        ? `took ${formatSeconds(elapsed_secs)}${status === "paused" ? " so far" : ""}`
        : null,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

function doing(status: JobStatus, counts: TrialCounts): string {
  switch (status) {
    case "queued":
      return "Waiting for its turn";
    case "paused":
      return "Paused; nothing is lost, and it goes on where it stopped";
    case "running":
      return counts.total === 0
        ? "Preparing the data"
        : counts.running === 0
          ? "Proposing the next trials"
          : `Training ${formatCounted(counts.running, "trial")} at the moment`;
    case "succeeded":
    case "failed":
    case "cancelled":
      return `${formatCounted(endedOf(counts), "trial")} ended`;
  }
}

interface SweepProgressProps {
  job: SweepJob;
  snapshot: SweepSnapshot;
  /** As last told, which may be newer than the snapshot's. */
  counts: TrialCounts;
}

/** How far a sweep has come, how fast it is, and what the machine is doing. */
export function SweepProgress({ job, snapshot, counts }: SweepProgressProps) {
  const { status } = job;
  const always: readonly TrialStatus[] = ["succeeded"];
  const alive: readonly TrialStatus[] = isUnderWay(status) || status === "paused" ? ["running", "queued"] : [];
  const shown = (Object.keys(TRIAL_LOOKS) as TrialStatus[]).filter(
    (one) => counts[one] > 0 || always.includes(one) || alive.includes(one),
  );
  return (
    <div className="flex flex-col gap-1.5" data-testid="sweep-progress">
      <div className="figures flex flex-wrap items-center gap-x-3">
        <span className="font-medium">
          {formatCount(endedOf(counts))} of {formatCount(Math.max(snapshot.planned, counts.total))} trials
        </span>
        <span className="text-soft">{doing(status, counts)}</span>
        <span className="ml-auto text-soft">{pace(status, snapshot)}</span>
      </div>
      <Bar counts={counts} planned={snapshot.planned} label="Trials that have ended" />
      <ul className="flex flex-wrap gap-x-4 text-sm">
        {shown.map((one) => (
          <Count key={one} status={one} count={counts[one]} />
        ))}
      </ul>
    </div>
  );
}
