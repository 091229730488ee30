import { ToggleGroup } from "@base-ui/react/toggle-group";
import { Toggle } from "@base-ui/react/toggle";
import { classNames } from "@ui/lib/class-names";

interface SegmentedProps<Value extends string> {
  label: string;
  options: readonly { value: Value; label: string; testId?: string }[];
  value: Value;
  onChange: (value: Value) => void;
  /** As wide as its place, in equal parts. */
  isWide?: boolean;
}

/** One of two to five, all in sight. */
export function Segmented<Value extends string>({ label, options, value, onChange, isWide }: SegmentedProps<Value>) {
  return (
    <ToggleGroup
      aria-label={label}
      value={[value]}
      onValueChange={(next) => {
        const [chosen] = next as Value[];
        if (chosen !== undefined) onChange(chosen);
      }}
      className={classNames("rounded-md border border-line-strong p-px", isWide === true ? "flex" : "inline-flex")}
    >
      {options.map((option) => (
        <Toggle
          key={option.value}
          value={option.value}
          data-testid={option.testId}
          className={classNames(
            "h-6 rounded-sm px-2 text-sm text-soft hover:text-ink data-pressed:bg-accent-wash data-pressed:font-medium data-pressed:text-ink",
            isWide === true && "flex-1",
          )}
        >
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
