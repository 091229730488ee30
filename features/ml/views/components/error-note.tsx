import type { ReactNode } from "react";
import { Button } from "@ui/components/primitives/button";
import { Note } from "@ui/components/primitives/note";
import type { AppError, ErrorCode } from "../../types";

/** What to do where the core gave no hint of its own. */
const ADVICE: Record<ErrorCode, string> = {
  unreadable_file: "Check that the file opens in a spreadsheet or an editor, and save it as CSV or XLSX.",
  unusable_data: "Choose another target or other columns, or mend the table and open it again.",
  invalid_config: "Change the setting that is named and train again.",
  not_found: "It may have been deleted meanwhile; choose another.",
  conflict: "Look at what is there now and try again.",
  runtime_missing: "Look under Settings for what is missing and the command that mends it.",
  worker_failed: "Try again; if it happens again, use fewer units or a smaller batch.",
  diverged: "Lower the learning rate, or clip the gradient, and train again.",
  storage: "Free some space on the disk and try again.",
  limit_reached: "Raise the limit, train fewer epochs, or use a smaller network.",
  cancelled: "Train again when you like.",
  internal: "Restart the app; if it happens again, report it with this message.",
};

interface ErrorNoteProps {
  error: AppError;
  /** What did not work: "Could not read letter.csv". */
  what?: string;
  actions?: ReactNode;
  onRetry?: () => void;
  onDismiss?: () => void;
  testId?: string;
}

/** An error where it arose: what happened, and what to do. */
export function ErrorNote({ error, what, actions, onRetry, onDismiss, testId }: ErrorNoteProps) {
  const buttons = (
    <>
      {actions}
      {onRetry === undefined ? null : <Button onClick={onRetry}>Try again</Button>}
      {onDismiss === undefined ? null : <Button onClick={onDismiss}>Dismiss</Button>}
    </>
  );
  return (
    <Note
      tone={error.code === "cancelled" || error.code === "diverged" ? "caution" : "danger"}
      title={what === undefined ? error.message : `${what}: ${error.message}`}
      actions={buttons}
      testId={testId ?? "error-note"}
    >
      {error.hint ?? ADVICE[error.code]}
    </Note>
  );
}
