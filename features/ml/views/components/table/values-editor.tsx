import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { TextInput } from "@ui/components/primitives/text-input";
import { formatCount } from "@ui/lib/format";
import type { EditorProps } from "./condition-editor";

type Value = string | null;

/** Values to tick: the most frequent, those that were added, and a missing one where there are any. */
function listed({ column, summary }: Pick<EditorProps, "column" | "summary">, chosen: readonly Value[]) {
  const top = summary?.spread.shape === "values" ? summary.spread.top : [];
  const counts = new Map<Value, number | null>(top.map(({ value, count }) => [value, count]));
  for (const value of chosen) if (!counts.has(value)) counts.set(value, null);
  counts.delete(null);
  const values = [...counts];
  return column.missing > 0 ? [...values, [null, column.missing] as [Value, number]] : values;
}

/** Values to tick, found by typing; one that is not listed can be added. */
export function ValuesEditor({ column, summary, condition, onChange }: EditorProps) {
  const before = condition?.kind === "values" ? condition : null;
  const chosen = before?.values ?? [];
  const [excludes, setExcludes] = useState(before?.exclude === true);
  const [wanted, setWanted] = useState("");
  const set = (values: readonly Value[], exclude: boolean) => {
    onChange(values.length === 0 ? null : { kind: "values", values: [...values], exclude });
  };
  const toggle = (value: Value, on: boolean) => {
    set(on ? [...chosen, value] : chosen.filter((one) => one !== value), excludes);
  };
  const text = wanted.trim().toLocaleLowerCase();
  const all = listed({ column, summary }, chosen);
  const found = all.filter(([value]) => (value ?? "missing").toLocaleLowerCase().includes(text));
  const isListed = all.some(([value]) => value === wanted);
  const nOthers = summary?.spread.shape === "values" ? summary.distinct - summary.spread.top.length : 0;
  return (
    <div className="flex flex-col gap-1">
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted === "" || chosen.includes(wanted)) return;
          toggle(wanted, true);
          setWanted("");
        }}
      >
        <TextInput
          aria-label={`Search values of ${column.name}`}
          placeholder={nOthers > 0 ? "Search, or type a value" : "Search values"}
          data-testid="filter-value-search"
          value={wanted}
          onChange={(event) => {
            setWanted(event.currentTarget.value);
          }}
        />
        {wanted !== "" && !isListed ? <Button type="submit">Add</Button> : null}
      </form>
      <div role="group" aria-label={`Values of ${column.name}`} className="max-h-44 overflow-y-auto">
        {found.map(([value, count]) => (
          <Checkbox
            key={value === null ? "missing" : `=${value}`}
            checked={chosen.includes(value)}
            onChange={(on) => {
              toggle(value, on);
            }}
          >
            <span className={value === null || value === "" ? "text-soft italic" : "truncate"} title={value ?? undefined}>
              {value === null ? "missing" : value === "" ? "empty text" : value}
            </span>
            {count === null ? null : <span className="figures ml-auto pr-1 text-sm text-faint">{formatCount(count)}</span>}
          </Checkbox>
        ))}
        {found.length === 0 ? <p className="py-1 text-sm text-faint">Not among the most frequent values</p> : null}
      </div>
      {nOthers > 0 ? <p className="text-sm text-faint">{formatCount(nOthers)} rarer values are not listed</p> : null}
      <Checkbox
        checked={excludes}
        onChange={(exclude) => {
          setExcludes(exclude);
          if (before !== null) set(chosen, exclude);
        }}
      >
        All but these
      </Checkbox>
    </div>
  );
}
