/** The most frequent values as bars, small enough for a column's head. */
import { classNames } from "@ui/lib/class-names";
import { formatCount, formatCounted } from "@ui/lib/format";

interface MiniBarsProps {
  /** Whose values they are, for assistive technology. */
  label: string;
  values: readonly { value: string; count: number }[];
  /** All that were counted, so that a bar is a share of it. */
  total: number;
  selected: ReadonlySet<string>;
  /** A value was pressed; `adds` with Ctrl or Shift. */
  onSelect: (value: string, adds: boolean) => void;
}

export function MiniBars({ label, values, total, selected, onSelect }: MiniBarsProps) {
  return (
    <ul className="flex h-full flex-col" aria-label={`Most frequent values of ${label}`}>
      {values.map(({ value, count }) => {
        const isOn = selected.has(value);
        return (
          <li key={value} className="h-3">
            <button
              type="button"
              tabIndex={-1}
              aria-pressed={isOn}
              data-value={value}
              title={`${value}: ${formatCounted(count, "row")}`}
              className="relative flex h-full w-full items-center justify-between gap-1 overflow-hidden rounded-sm text-[10px] leading-3 text-soft hover:text-ink"
              onClick={(event) => {
                onSelect(value, event.ctrlKey || event.metaKey || event.shiftKey);
              }}
            >
              <span
                aria-hidden
                className={classNames("absolute inset-y-px left-0 rounded-sm", isOn ? "bg-accent/35" : "bg-line")}
                style={{ width: `${total === 0 ? 0 : Math.max(1, (count / total) * 100)}%` }}
              />
              <span className={classNames("relative truncate", isOn && "font-semibold text-ink")}>{value}</span>
              <span aria-hidden className="figures relative shrink-0">
                {formatCount(count)}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
