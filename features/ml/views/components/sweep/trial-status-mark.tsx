import { TRIAL_STATUS_NAMES, type TrialStatus } from "../../../types";

export const TRIAL_LOOKS: Record<TrialStatus, { mark: string; text: string; fill: string }> = {
  queued: { mark: "○", text: "text-soft", fill: "var(--line-strong)" },
  running: { mark: "◐", text: "text-accent", fill: "var(--accent)" },
  waiting: { mark: "◔", text: "text-soft", fill: "var(--ink-faint)" },
  succeeded: { mark: "●", text: "text-success", fill: "var(--success)" },
  pruned: { mark: "◌", text: "text-soft", fill: "var(--ink-faint)" },
  diverged: { mark: "▲", text: "text-caution", fill: "var(--caution)" },
  failed: { mark: "✕", text: "text-danger", fill: "var(--danger)" },
  cancelled: { mark: "–", text: "text-soft", fill: "var(--line-strong)" },
};

/** Where a trial stands: a mark, a hue, and the word. */
export function TrialStatusMark({ status }: { status: TrialStatus }) {
  const { mark, text } = TRIAL_LOOKS[status];
  return (
    <span className={`inline-flex items-center gap-1 ${text}`}>
      <span aria-hidden>{mark}</span>
      {TRIAL_STATUS_NAMES[status]}
    </span>
  );
}
