import { useEffect, useId, useState } from "react";
import { useWatch } from "react-hook-form";
import { TextArea } from "@ui/components/primitives/text-area";
import type { SweepFormControl } from "../../../hooks/use-sweep-form";
import { spaceText, toSpace } from "../../../state/sweep-space";

/** Always as high: a button below that moved while it is pressed would not be pressed. */
const LINES = 12;

/** The space as JSON, in step with the form: what is typed here is put into the form as soon as it can be read. */
export function SpaceJson({ control: { form, takeJson } }: { control: SweepFormControl }) {
  const rows = useWatch({ control: form.control, name: "rows" });
  const trouble = useWatch({ control: form.control, name: "jsonTrouble" });
  const [draft, setDraft] = useState<string | null>(null);
  const id = useId();
  const text = draft ?? spaceText(toSpace(rows));
  const setTrouble = (message: string) => {
    form.setValue("jsonTrouble", message, { shouldValidate: true });
  };
  // Folded away, what could not be read is gone, and stands in nobody's way.
  useEffect(
    () => () => {
      form.setValue("jsonTrouble", "");
    },
    [form],
  );
  return (
    <div className="px-3 pb-3">
      <TextArea
        aria-label="Space as JSON"
        aria-invalid={trouble !== ""}
        aria-describedby={trouble === "" ? undefined : id}
        data-testid="space-json"
        rows={LINES}
        wrap="off"
        value={text}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          setDraft(typed);
          setTrouble(takeJson(typed) ?? "");
        }}
        onBlur={() => {
          if (trouble === "") setDraft(null);
        }}
      />
      {trouble === "" ? (
        <p className="text-sm text-faint">The same space as above; either can be edited.</p>
      ) : (
        <p id={id} role="alert" className="text-sm break-words text-danger">
          {trouble}
        </p>
      )}
    </div>
  );
}
