import type { ComponentProps } from "react";
import { classNames } from "@ui/lib/class-names";

export interface TextInputProps extends ComponentProps<"input"> {
  /** Right-aligned tabular figures. */
  numeric?: boolean;
}

export function TextInput({ numeric = false, className, ...rest }: TextInputProps) {
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      inputMode={numeric ? "decimal" : undefined}
      className={classNames(
        "h-7 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 placeholder:text-faint aria-invalid:border-danger",
        numeric && "figures text-right",
        className,
      )}
      {...rest}
    />
  );
}
