import { useState } from "react";
import { AnchoredPopover } from "@ui/components/primitives/anchored-popover";
import { Button } from "@ui/components/primitives/button";
import { Field } from "@ui/components/primitives/field";
import { TextInput } from "@ui/components/primitives/text-input";
import { formatCount } from "@ui/lib/format";

interface GoToRowProps {
  nRows: number;
  anchor: Element | null;
  /** A row's place among those shown, from 0. */
  onGo: (row: number) => void;
  onClose: () => void;
  onReturn: () => void;
}

/** Asks for a row by its place among those shown. */
export function GoToRow({ nRows, onGo, ...popover }: GoToRowProps) {
  const [text, setText] = useState("");
  const [isRefused, setRefused] = useState(false);
  return (
    <AnchoredPopover title="Go to row" testId="go-to-row" {...popover}>
      <form
        className="flex items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const row = Number(text.replace(/[\s,.'’]/g, ""));
          const isFit = text.trim() !== "" && Number.isInteger(row) && row >= 1 && row <= nRows;
          setRefused(!isFit);
          if (isFit) onGo(row - 1);
        }}
      >
        <Field
          label="Row, as they are shown"
          hint={`1 to ${formatCount(nRows)}`}
          error={isRefused ? `A whole number from 1 to ${formatCount(nRows)}` : undefined}
          className="flex-1"
        >
          {({ id, describedBy, invalid }) => (
            <TextInput
              id={id}
              numeric
              aria-describedby={describedBy}
              aria-invalid={invalid}
              data-testid="go-to-row-number"
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
              }}
            />
          )}
        </Field>
        <Button type="submit" look="primary" className="mt-4">
          Go
        </Button>
      </form>
    </AnchoredPopover>
  );
}
