import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Segmented } from "@ui/components/primitives/segmented";
import { TextInput } from "@ui/components/primitives/text-input";
import type { TextOperator } from "../../../types";
import type { EditorProps } from "./condition-editor";

const OPERATORS: readonly { value: TextOperator; label: string }[] = [
  { value: "contains", label: "Contains" },
  { value: "starts", label: "Starts with" },
  { value: "equals", label: "Equals" },
];

/** A text that a cell contains, starts with or equals, whatever the case. */
export function TextEditor({ column, condition, onChange }: EditorProps) {
  const before = condition?.kind === "text" ? condition : null;
  const [operator, setOperator] = useState<TextOperator>(before?.operator ?? "contains");
  const [text, setText] = useState(before?.text ?? "");
  const apply = (how: TextOperator) => {
    onChange(text === "" ? null : { kind: "text", operator: how, text });
  };
  return (
    <form
      className="flex flex-col gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        apply(operator);
      }}
    >
      <Segmented
        label="How"
        options={OPERATORS}
        value={operator}
        isWide
        onChange={(how) => {
          setOperator(how);
          if (before !== null) apply(how);
        }}
      />
      <div className="flex gap-2">
        <TextInput
          aria-label={`Text in ${column.name}`}
          placeholder="Text"
          data-testid="filter-text"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
        />
        <Button type="submit">Apply</Button>
      </div>
    </form>
  );
}
