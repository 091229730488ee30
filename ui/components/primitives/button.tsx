import type { ComponentProps } from "react";
import { classNames } from "@ui/lib/class-names";

const LOOKS = {
  primary:
    "border-transparent bg-accent text-on-accent hover:bg-accent-hover disabled:bg-sunken disabled:text-faint disabled:border-line",
  plain: "border-line-strong bg-surface text-ink hover:bg-sunken disabled:text-faint disabled:hover:bg-surface",
  quiet: "border-transparent bg-transparent text-soft hover:bg-sunken hover:text-ink disabled:text-faint",
  danger: "border-danger bg-surface text-danger hover:bg-danger-wash disabled:text-faint disabled:border-line",
} as const;

export interface ButtonProps extends ComponentProps<"button"> {
  look?: keyof typeof LOOKS;
  /** Square, for an icon alone; give it an `aria-label`. */
  square?: boolean;
}

/** 28 px high, like every row. */
export function Button({ look = "plain", square = false, className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={classNames(
        "inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors",
        square ? "w-7" : "px-3",
        LOOKS[look],
        className,
      )}
      {...rest}
    />
  );
}
