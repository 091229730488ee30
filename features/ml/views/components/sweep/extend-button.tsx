import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Field } from "@ui/components/primitives/field";
import { Popover } from "@ui/components/primitives/popover";
import { TextInput } from "@ui/components/primitives/text-input";
import { extendSweep } from "../../../orchestrators/sweeps";
import { MAX_TRIALS } from "../../../state/sweep-schema";
import { toNumber } from "../../../state/training-form";
import type { JobId } from "../../../types";

/** Asks how many more configurations a sweep is to try. */
export function ExtendButton({ id, usual }: { id: JobId; usual: number }) {
  const [isOpen, setIsOpen] = useState(false);
  const [text, setText] = useState(String(usual));
  const more = toNumber(text);
  const isFit = Number.isInteger(more) && more >= 1 && more <= MAX_TRIALS;
  return (
    <Popover
      title="More configurations"
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger={<Button data-testid="extend-button">Extend…</Button>}
    >
      <form
        className="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isFit) return;
          setIsOpen(false);
          void extendSweep(id, more);
        }}
      >
        <Field label="How many more" error={isFit ? undefined : `A whole number, at least 1 and at most ${MAX_TRIALS}`} className="flex-1">
          {(slots) => (
            <TextInput
              id={slots.id}
              numeric
              aria-invalid={slots.invalid}
              aria-describedby={slots.describedBy}
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
              }}
            />
          )}
        </Field>
        <Button type="submit" look="primary" disabled={!isFit}>
          Add
        </Button>
      </form>
    </Popover>
  );
}
