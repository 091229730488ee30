import type { ComponentProps } from "react";
import { classNames } from "@ui/lib/class-names";

/** Several lines of code or text, in type of one width. */
export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      autoComplete="off"
      spellCheck={false}
      className={classNames(
        "w-full min-w-0 resize-y rounded-md border border-line-strong bg-surface px-2 py-1 font-mono text-sm aria-invalid:border-danger",
        className,
      )}
      {...rest}
    />
  );
}
