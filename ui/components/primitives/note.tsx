import type { ReactNode } from "react";
import { classNames } from "@ui/lib/class-names";

const TONES = {
  danger: "border-danger/50 bg-danger-wash",
  caution: "border-caution/40 bg-caution-wash",
  plain: "border-line bg-sunken",
} as const;

const MARKS = { danger: "text-danger", caution: "text-caution", plain: "text-soft" } as const;

interface NoteProps {
  tone: keyof typeof TONES;
  title: ReactNode;
  children?: ReactNode;
  /** Buttons that do something about it. */
  actions?: ReactNode;
  testId?: string;
}

/** Trouble or a remark, where it arose. Trouble is announced. */
export function Note({ tone, title, children, actions, testId }: NoteProps) {
  return (
    <div
      role={tone === "danger" ? "alert" : "note"}
      data-testid={testId}
      className={classNames("flex flex-wrap items-start gap-x-3 gap-y-2 rounded-md border px-3 py-2", TONES[tone])}
    >
      <div className="min-w-0 flex-1 basis-60">
        <p className={classNames("font-medium break-words", MARKS[tone])}>{title}</p>
        {children ? <div className="mt-0.5 text-ink break-words">{children}</div> : null}
      </div>
      {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
    </div>
  );
}
