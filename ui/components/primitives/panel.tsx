import { useId, type ReactNode } from "react";
import { classNames } from "@ui/lib/class-names";

interface PanelProps {
  title: ReactNode;
  /** Beside the title. */
  aside?: ReactNode;
  children: ReactNode;
  testId?: string;
  className?: string;
}

/** A titled part of a page on the surface colour, with a hairline around it. */
export function Panel({ title, aside, children, testId, className }: PanelProps) {
  const heading = useId();
  return (
    <section
      aria-labelledby={heading}
      data-testid={testId}
      className={classNames("min-w-0 rounded-lg border border-line bg-surface", className)}
    >
      <header className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1">
        <h2 id={heading} className="text-base font-semibold">
          {title}
        </h2>
        {aside ? <div className="ml-auto flex flex-wrap items-center gap-2">{aside}</div> : null}
      </header>
      {children}
    </section>
  );
}
