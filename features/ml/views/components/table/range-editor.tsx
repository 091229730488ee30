import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { TextInput } from "@ui/components/primitives/text-input";
import { endOf, endText, rangeUnitOf, type RangeUnit } from "../../../state/table-query";
import type { CellCondition, RangeEnd } from "../../../types";
import type { EditorProps } from "./condition-editor";

const EXPECTED: Record<RangeUnit, string> = {
  number: "A number is expected",
  date: "A date is expected, as 2024-12-31",
  time: "A time is expected, as 13:45",
};

function textOf(end: RangeEnd | null | undefined, unit: RangeUnit): string {
  return end === null || end === undefined ? "" : endText(end.value, unit);
}

interface Draft {
  from: string;
  to: string;
  keepMissing: boolean;
}

function draftOf(condition: CellCondition | null, unit: RangeUnit): Draft {
  if (condition?.kind !== "range") return { from: "", to: "", keepMissing: false };
  return {
    from: textOf(condition.from, unit),
    to: textOf(condition.to, unit),
    keepMissing: condition.keep_missing === true,
  };
}

/** What is wrong with a draft; null where nothing is. */
function refusal(from: number | null, to: number | null, unit: RangeUnit): string | null {
  if (Number.isNaN(from) || Number.isNaN(to)) return EXPECTED[unit];
  if (from !== null && to !== null && from > to) return "The range ends before it begins";
  return null;
}

/** From and to; both ends belong to the range, unless it was drawn to end before the second. */
export function RangeEditor({ column, summary, condition, onChange }: EditorProps) {
  const unit = rangeUnitOf(summary);
  const [draft, setDraft] = useState(() => draftOf(condition, unit));
  const [from, to] = [endOf(draft.from, unit), endOf(draft.to, unit)];
  const trouble = refusal(from, to, unit);
  const before = condition?.kind === "range" ? condition : null;
  // An end that was not touched keeps its bracket: a bin does not hold its upper end.
  const end = (value: number | null, old: RangeEnd | null | undefined): RangeEnd | null =>
    value === null ? null : { value, inclusive: old?.value === value ? old.inclusive : true };
  const apply = (keepMissing: boolean) => {
    if (trouble !== null) return;
    const isOpen = from === null && to === null;
    onChange(
      isOpen ? null : { kind: "range", from: end(from, before?.from), to: end(to, before?.to), keep_missing: keepMissing },
    );
  };
  const spread = summary?.spread;
  const labels = spread?.shape === "histogram" ? spread.labels : [];
  return (
    <form
      className="flex flex-col gap-1"
      onSubmit={(event) => {
        event.preventDefault();
        apply(draft.keepMissing);
      }}
    >
      <div className="flex items-center gap-2">
        <TextInput
          numeric
          inputMode="text"
          aria-label={`${column.name}, from`}
          aria-invalid={Number.isNaN(from)}
          placeholder={labels[0] ?? "from"}
          data-testid="filter-from"
          value={draft.from}
          onChange={(event) => {
            setDraft({ ...draft, from: event.currentTarget.value });
          }}
        />
        <span className="text-soft">to</span>
        <TextInput
          numeric
          inputMode="text"
          aria-label={`${column.name}, to`}
          aria-invalid={Number.isNaN(to)}
          placeholder={labels.at(-1) ?? "to"}
          data-testid="filter-to"
          value={draft.to}
          onChange={(event) => {
            setDraft({ ...draft, to: event.currentTarget.value });
          }}
        />
        <Button type="submit" data-testid="filter-apply" disabled={trouble !== null}>
          Apply
        </Button>
      </div>
      {trouble === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {trouble}
        </p>
      )}
      {column.missing === 0 ? null : (
        <Checkbox
          checked={draft.keepMissing}
          onChange={(keepMissing) => {
            setDraft({ ...draft, keepMissing });
            if (before !== null) apply(keepMissing);
          }}
        >
          Rows without a value too
        </Checkbox>
      )}
    </form>
  );
}
