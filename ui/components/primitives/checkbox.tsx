import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check } from "lucide-react";
import type { ReactNode, Ref } from "react";

interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
  disabled?: boolean;
  /** Of the box, for those who move focus to it. */
  inputRef?: Ref<HTMLElement>;
  testId?: string;
}

/** A box with its label; the label is part of the target. */
export function Checkbox({ checked, onChange, children, disabled, inputRef, testId }: CheckboxProps) {
  return (
    <label className="flex min-h-7 min-w-0 items-center gap-2">
      <Base.Root
        ref={inputRef}
        data-testid={testId}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(next) => {
          onChange(next);
        }}
        className="flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-surface data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
      >
        <Base.Indicator className="text-on-accent">
          <Check size={12} strokeWidth={3} aria-hidden />
        </Base.Indicator>
      </Base.Root>
      {children}
    </label>
  );
}
