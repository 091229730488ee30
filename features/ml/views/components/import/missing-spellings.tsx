import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { TextInput } from "@ui/components/primitives/text-input";
import { formatCount, formatCounted } from "@ui/lib/format";
import { decide } from "../../../orchestrators/imports";
import type { ImportFile } from "../../../state/import-files";
import { evidenceOf, missingCounts } from "../../../state/reading-words";
import type { Reading } from "../../../types";

/** The spellings of "no value" in the file, each of which can be taken for a value, and others added. */
export function MissingSpellings({ file, reading }: { file: ImportFile; reading: Reading }) {
  const [draft, setDraft] = useState("");
  const chosen = file.decisions.options.missing;
  const counts = missingCounts(reading);
  const known = [...new Set([...file.spellings, ...(chosen ?? [])])];
  const isMissing = (spelling: string) => chosen?.includes(spelling) ?? true;
  const setMissing = (missing: string[] | null) => {
    decide(file.key, { options: { missing } });
  };
  const add = () => {
    const spelling = draft.trim();
    setDraft("");
    if (spelling !== "" && !(known.includes(spelling) && isMissing(spelling))) setMissing([...known.filter(isMissing), spelling]);
  };
  const nothing = counts.get("") ?? 0;
  return (
    <fieldset className="min-w-0" data-testid="missing-spellings">
      <legend className="text-sm text-soft">No value</legend>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className="text-soft">{formatCounted(nothing, "empty cell")}</span>
        {known.map((spelling) => (
          <Checkbox
            key={spelling}
            checked={isMissing(spelling)}
            onChange={(on) => {
              const others = known.filter((one) => one !== spelling && isMissing(one));
              setMissing(on ? [...others, spelling] : others);
            }}
          >
            <span className="font-mono text-sm">{spelling}</span>
            {isMissing(spelling) ? <span className="figures text-sm text-faint">{formatCount(counts.get(spelling) ?? 0)}</span> : null}
          </Checkbox>
        ))}
        <span className="flex items-center gap-1">
          <TextInput
            aria-label="Another spelling of no value"
            className="w-32"
            placeholder="Another, as 999"
            value={draft}
            onChange={(event) => {
              setDraft(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter") add();
            }}
          />
          <Button disabled={draft.trim() === ""} onClick={add}>
            Add
          </Button>
        </span>
        {chosen === null ? null : (
          <Button
            look="quiet"
            onClick={() => {
              setMissing(null);
            }}
          >
            The usual ones
          </Button>
        )}
      </div>
      <p className="mt-0.5 text-sm text-faint">{chosen === null ? evidenceOf(reading, "missing") : "Chosen by you"}</p>
    </fieldset>
  );
}
