import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Segmented } from "@ui/components/primitives/segmented";
import type { CellCondition, Column, ColumnSummary } from "../../../types";
import { RangeEditor } from "./range-editor";
import { TextEditor } from "./text-editor";
import { ValuesEditor } from "./values-editor";

type Mode = CellCondition["kind"];

const MODE_NAMES: Record<Mode, string> = { range: "Range", values: "Values", text: "Text", missing: "Missing" };

function usualMode({ kind }: Column): Mode {
  switch (kind) {
    case "numeric":
    case "datetime":
      return "range";
    case "category":
    case "boolean":
    case "constant":
      return "values";
    case "text":
    case "identifier":
      return "text";
  }
}

export interface EditorProps {
  column: Column;
  /** Undefined until it is counted. */
  summary: ColumnSummary | undefined;
  condition: CellCondition | null;
  onChange: (condition: CellCondition | null) => void;
}

const MISSING_OPTIONS = [
  { value: "any", label: "All rows" },
  { value: "only", label: "Missing only" },
  { value: "none", label: "No missing" },
] as const;

function MissingEditor({ condition, onChange }: EditorProps) {
  const now = condition?.kind === "missing" ? (condition.missing ? "only" : "none") : "any";
  return (
    <Segmented
      label="Missing cells"
      options={MISSING_OPTIONS}
      value={now}
      isWide
      onChange={(choice) => {
        onChange(choice === "any" ? null : { kind: "missing", missing: choice === "only" });
      }}
    />
  );
}

/** A condition on one column, in the way that its kind suggests or in another. */
export function ConditionEditor(props: EditorProps) {
  const { column, condition, onChange } = props;
  const [mode, setMode] = useState<Mode>(condition?.kind ?? usualMode(column));
  const hasRange = column.kind === "numeric" || column.kind === "datetime";
  const modes = (Object.keys(MODE_NAMES) as Mode[]).filter((one) => one !== "range" || hasRange);
  return (
    <div className="flex flex-col gap-1.5">
      <Segmented
        label="Filter by"
        options={modes.map((value) => ({ value, label: MODE_NAMES[value], testId: `filter-by-${value}` }))}
        value={mode}
        isWide
        onChange={setMode}
      />
      {mode === "range" ? (
        <RangeEditor {...props} />
      ) : mode === "values" ? (
        <ValuesEditor {...props} />
      ) : mode === "text" ? (
        <TextEditor {...props} />
      ) : (
        <MissingEditor {...props} />
      )}
      {condition === null ? null : (
        <Button
          look="quiet"
          className="self-start px-2"
          onClick={() => {
            onChange(null);
          }}
        >
          Remove filter
        </Button>
      )}
    </div>
  );
}
