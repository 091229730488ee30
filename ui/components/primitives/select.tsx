import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";
import { POPUP, POPUP_ITEM } from "./popup";

export interface SelectOption<Value extends string> {
  value: Value;
  label: string;
}

interface SelectProps<Value extends string> {
  options: readonly SelectOption<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  id?: string;
  label?: string;
  describedBy?: string;
  testId?: string;
}

/** One of a few. Name it by `label`, or by a label element for `id`. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { options, value, onChange, id, label, describedBy, testId } = props;
  return (
    <Base.Root
      items={options as SelectOption<Value>[]}
      value={value}
      onValueChange={(next) => {
        if (next !== null) onChange(next);
      }}
    >
      <Base.Trigger
        id={id}
        aria-label={label}
        aria-describedby={describedBy}
        data-testid={testId}
        className="flex h-7 w-full items-center justify-between gap-1 rounded-md border border-line-strong bg-surface px-2 text-left hover:bg-sunken"
      >
        <Base.Value className="truncate" />
        <Base.Icon className="text-faint">
          <ChevronsUpDown size={12} aria-hidden />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className={POPUP}>
            <Base.List className="max-h-[min(20rem,var(--available-height))] overflow-y-auto">
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={POPUP_ITEM}>
                  <Base.ItemIndicator className="col-start-1">
                    <Check size={12} aria-hidden />
                  </Base.ItemIndicator>
                  <Base.ItemText className="col-start-2 truncate">{option.label}</Base.ItemText>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
