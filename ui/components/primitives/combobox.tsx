import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronsUpDown } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { classNames } from "@ui/lib/class-names";
import { POPUP, POPUP_ITEM } from "./popup";

export interface ComboboxOption {
  value: string;
  label: string;
  /** Searched too, and shown beside the label. */
  detail?: string;
  /** Searched too, and shown behind the label where there is room. */
  note?: string;
  /** Searched too, and not shown. */
  keywords?: string;
}

/** Something to do instead of choosing, the last entry whatever is typed. */
export interface ComboboxAction {
  label: string;
  icon?: ReactNode;
  onPress: () => void;
}

interface ComboboxProps {
  options: readonly ComboboxOption[];
  value: string | null;
  onChange: (value: string) => void;
  placeholder?: string;
  id?: string;
  label?: string;
  invalid?: boolean;
  describedBy?: string;
  disabled?: boolean;
  action?: ComboboxAction;
  /** Shown where nothing matches. */
  empty: ReactNode;
  testId?: string;
  className?: string;
}

/** Every word typed is somewhere in what is searched, in any order. */
export function matches(option: ComboboxOption, query: string): boolean {
  const text = [option.label, option.detail, option.note, option.keywords].join(" ").toLocaleLowerCase();
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

// More would slow the popup down and nobody reads them; typing narrows.
const MOST_SHOWN = 200;

/** The value of the entry that does something instead. */
const ACTION = "\u0000action";

/** One of many: type to filter, arrows and Enter to choose, Escape to leave it. Something is always chosen. */
export function Combobox(props: ComboboxProps) {
  const { options, value, onChange, placeholder, id, label, invalid, describedBy, disabled, action, empty, testId, className } =
    props;
  const chosen = useMemo(() => options.find((option) => option.value === value) ?? null, [options, value]);
  const shown = chosen?.label ?? "";
  // Closed, the field shows what is chosen; open, it is an empty field to
  // search in, so that what is typed is never added to the chosen name.
  const [isOpen, setIsOpen] = useState(false);
  const [query, setQuery] = useState("");
  const actionLabel = action?.label;
  const items = useMemo(
    () => (actionLabel === undefined ? options : [...options, { value: ACTION, label: actionLabel }]),
    [options, actionLabel],
  );
  const matching = useMemo(
    () => (isOpen ? options.filter((option) => matches(option, query)).slice(0, MOST_SHOWN) : []),
    [isOpen, options, query],
  );
  const shownItems = useMemo(() => [...matching, ...items.slice(options.length)], [matching, items, options.length]);
  return (
    <Base.Root<ComboboxOption>
      items={items as ComboboxOption[]}
      filteredItems={shownItems}
      value={chosen}
      onValueChange={(next) => {
        if (next?.value === ACTION) action?.onPress();
        // Emptying the field is the start of a search, not a choice of nothing.
        else if (next !== null) onChange(next.value);
      }}
      open={isOpen}
      onOpenChange={(next, { reason }) => {
        setIsOpen(next);
        if (next && reason !== "input-change") setQuery("");
      }}
      inputValue={isOpen ? query : shown}
      onInputValueChange={(text, { reason }) => {
        if (reason !== "input-change" && reason !== "input-clear") return;
        setQuery(!isOpen && text.startsWith(shown) ? text.slice(shown.length) : text);
      }}
      isItemEqualToValue={(a, b) => a.value === b.value}
      autoHighlight
      disabled={disabled}
    >
      <Base.InputGroup
        data-testid={testId}
        className={classNames(
          "flex h-7 items-center rounded-md border bg-surface focus-within:outline-2 focus-within:outline-accent",
          invalid === true ? "border-danger" : "border-line-strong",
          className,
        )}
      >
        <Base.Input
          id={id}
          aria-label={label}
          aria-invalid={invalid}
          aria-describedby={describedBy}
          placeholder={chosen?.label ?? placeholder}
          className="h-full min-w-0 flex-1 truncate bg-transparent px-2 outline-none placeholder:text-faint"
        />
        <Base.Trigger
          aria-label={`Show all${label === undefined ? "" : `: ${label}`}`}
          className="flex h-full w-6 items-center justify-center text-faint outline-offset-0"
        >
          <ChevronsUpDown size={12} aria-hidden />
        </Base.Trigger>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-50 outline-none">
          <Base.Popup className={POPUP}>
            {/* Base's own way of saying so would take the action for a match. */}
            <div role="status">{isOpen && matching.length === 0 ? <p className="px-3 py-2 text-soft">{empty}</p> : null}</div>
            <Base.List className="max-h-[min(22rem,var(--available-height))] overflow-y-auto overscroll-contain outline-none">
              {(option: ComboboxOption) => (
                <Base.Item
                  key={option.value}
                  value={option}
                  className={classNames(POPUP_ITEM, option.value === ACTION && matching.length > 0 && "border-t border-line")}
                >
                  {option.value === ACTION ? (
                    <span className="col-start-1">{action?.icon}</span>
                  ) : (
                    <Base.ItemIndicator className="col-start-1">
                      <Check size={12} aria-hidden />
                    </Base.ItemIndicator>
                  )}
                  <span className="col-start-2 flex min-w-0 items-baseline justify-between gap-4">
                    <span className="flex min-w-0 items-baseline gap-2">
                      <span className="truncate">{option.label}</span>
                      {option.note === undefined ? null : <span className="max-w-48 truncate text-sm text-soft">{option.note}</span>}
                    </span>
                    {option.detail === undefined ? null : (
                      <span className="figures shrink-0 text-sm text-faint">{option.detail}</span>
                    )}
                  </span>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
