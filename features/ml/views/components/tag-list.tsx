import { X } from "lucide-react";
import { useState } from "react";
import { TextInput } from "@ui/components/primitives/text-input";

interface TagListProps {
  tags: readonly string[];
  onChange: (tags: readonly string[]) => void;
}

/** Tags, each with a way to take it off, and a field for more; Enter or a comma adds what is typed. */
export function TagList({ tags, onChange }: TagListProps) {
  const [draft, setDraft] = useState("");
  const add = (text: string) => {
    const there = new Set(tags.map((tag) => tag.toLocaleLowerCase()));
    const added = text
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== "" && !there.has(tag.toLocaleLowerCase()));
    setDraft("");
    if (added.length > 0) onChange([...tags, ...added]);
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {tags.length === 0 ? null : (
        <ul aria-label="Tags" data-testid="dataset-tags" className="flex min-w-0 flex-wrap gap-1.5">
          {tags.map((tag) => (
            <li key={tag} className="flex h-6 max-w-full items-center gap-0.5 rounded-full border border-line-strong bg-sunken pl-2 text-sm">
              <span className="truncate">{tag}</span>
              <button
                type="button"
                aria-label={`Take off the tag ${tag}`}
                className="flex size-5 shrink-0 items-center justify-center rounded-full text-soft hover:text-ink"
                onClick={() => {
                  onChange(tags.filter((one) => one !== tag));
                }}
              >
                <X size={11} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="w-40">
        <TextInput
          aria-label="Add a tag"
          placeholder="Add a tag"
          data-testid="add-tag"
          maxLength={40}
          value={draft}
          onChange={(event) => {
            const text = event.currentTarget.value;
            if (text.includes(",")) add(text);
            else setDraft(text);
          }}
          onBlur={() => {
            add(draft);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") add(draft);
            if (event.key === "Backspace" && draft === "" && tags.length > 0) onChange(tags.slice(0, -1));
          }}
        />
      </div>
    </div>
  );
}
