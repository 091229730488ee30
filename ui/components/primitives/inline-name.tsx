import { Pencil } from "lucide-react";
import { useState } from "react";
import { Button } from "./button";
import { TextInput } from "./text-input";

interface InlineNameProps {
  name: string;
  /** What is named, for assistive technology: "run Penguins 1". */
  subject: string;
  /** False where the name stands elsewhere and only the pencil is wanted. */
  showName?: boolean;
  onRename: (name: string) => void;
}

/** A name that becomes a field when its pencil is pressed; Enter keeps, Escape leaves it as it was. */
export function InlineName({ name, subject, showName = true, onRename }: InlineNameProps) {
  const [draft, setDraft] = useState<string | null>(null);
  if (draft === null) {
    return (
      <span className="flex min-w-0 items-center gap-1">
        {showName ? (
          <span className="truncate" title={name}>
            {name}
          </span>
        ) : null}
        <Button
          look="quiet"
          square
          aria-label={`Rename ${subject}`}
          onClick={() => {
            setDraft(name);
          }}
        >
          <Pencil size={12} aria-hidden />
        </Button>
      </span>
    );
  }
  const keep = () => {
    const wanted = draft.trim();
    if (wanted !== "" && wanted !== name) onRename(wanted);
    setDraft(null);
  };
  return (
    <TextInput
      aria-label={`New name of ${subject}`}
      value={draft}
      autoFocus
      onFocus={(event) => {
        event.currentTarget.select();
      }}
      onChange={(event) => {
        setDraft(event.currentTarget.value);
      }}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        if (event.key === "Escape") {
          event.stopPropagation();
          setDraft(null);
        }
      }}
    />
  );
}
