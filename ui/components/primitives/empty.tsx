import type { ReactNode } from "react";

/** What stands where a list would: why it is empty and what to do next. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-8 text-center">
      <p className="font-medium">{title}</p>
      {children ? <div className="max-w-prose text-soft">{children}</div> : null}
      {action}
    </div>
  );
}
