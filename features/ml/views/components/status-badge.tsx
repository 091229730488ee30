import { STATUS_NAMES, type JobStatus, type RunStatus } from "../../types";

const LOOKS: Record<RunStatus | JobStatus, { mark: string; colour: string }> = {
  queued: { mark: "○", colour: "text-soft" },
  running: { mark: "◐", colour: "text-accent" },
  paused: { mark: "‖", colour: "text-caution" },
  succeeded: { mark: "●", colour: "text-success" },
  diverged: { mark: "▲", colour: "text-caution" },
  failed: { mark: "✕", colour: "text-danger" },
  cancelled: { mark: "–", colour: "text-soft" },
};

/** Where a run or a job stands: a mark, a hue, and the word. */
export function StatusBadge({ status, testId }: { status: RunStatus | JobStatus; testId?: string }) {
  const { mark, colour } = LOOKS[status];
  return (
    <span data-testid={testId} data-status={status} className={`inline-flex items-center gap-1 font-medium ${colour}`}>
      <span aria-hidden>{mark}</span>
      {STATUS_NAMES[status]}
    </span>
  );
}
