import { ChevronDown, ChevronUp, Filter } from "lucide-react";
import { useEffect, useRef, useState, type Ref } from "react";
import { Button } from "@ui/components/primitives/button";
import { TextInput } from "@ui/components/primitives/text-input";
import { formatCount } from "@ui/lib/format";
import { useTableState } from "../../../hooks/use-table";
import { hideColumn } from "../../../orchestrators/table-columns";
import { filterByText } from "../../../orchestrators/table-query";
import type { DatasetId, SearchDirection } from "../../../types";

/** After so long without a key the text is sought by itself. */
const REST_MS = 250;

interface FindBarProps {
  id: DatasetId;
  inputRef: Ref<HTMLInputElement>;
  /** Another text is sought, from the active cell on. */
  onText: (text: string) => void;
  onStep: (direction: SearchDirection) => void;
  /** The cells are to have the focus again. */
  onLeave: () => void;
}

function Outcome({ id }: { id: DatasetId }) {
  const outcome = useTableState(id, (state) => state.outcome);
  switch (outcome.state) {
    case "idle":
      return null;
    case "searching":
      return <span className="animate-appear">Searching…</span>;
    case "none":
      return <span className="text-caution">Not found</span>;
    case "failed":
      return <span className="text-danger">{outcome.error.message}</span>;
    case "found":
      return (
        <>
          <span className="figures">
            Row {formatCount(outcome.rowNumber)}, {outcome.column}
            {outcome.isHidden ? ", which is hidden" : outcome.wrapped ? ", from the other end" : ""}
          </span>
          {outcome.isHidden ? (
            <Button
              look="quiet"
              className="h-6 px-2"
              onClick={() => {
                hideColumn(id, outcome.column, false);
              }}
            >
              Show it
            </Button>
          ) : null}
        </>
      );
  }
}

/** A text sought in all cells: Enter for the next, Shift+Enter for the one before. */
export function FindBar({ id, inputRef, onText, onStep, onLeave }: FindBarProps) {
  const sought = useTableState(id, (state) => state.sought);
  const isFilter = useTableState(id, (state) => state.query.search !== null && state.query.search === state.sought);
  const [text, setText] = useState(sought);
  const latest = useRef(onText);
  useEffect(() => {
    latest.current = onText;
  });
  useEffect(() => {
    if (text === sought) return undefined;
    const timer = setTimeout(() => {
      latest.current(text);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text, sought]);

  const step = (direction: SearchDirection) => {
    if (text !== sought) onText(text);
    else onStep(direction);
  };
  return (
    <search className="flex min-w-0 items-center gap-1" aria-label="Search the table">
      <span className="w-44 shrink-0">
        <TextInput
          ref={inputRef}
          type="search"
          aria-label="Find in all cells"
          placeholder="Find (Ctrl+F)"
          data-testid="table-find"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") step(event.shiftKey ? "previous" : "next");
            else if (event.key === "Escape" && text !== "") {
              setText("");
              onText("");
            } else if (event.key === "Escape" || event.key === "ArrowDown") onLeave();
            else return;
            event.preventDefault();
          }}
        />
      </span>
      <Button
        look="quiet"
        square
        aria-label="Previous match"
        disabled={text === ""}
        onClick={() => {
          step("previous");
        }}
      >
        <ChevronUp size={13} aria-hidden />
      </Button>
      <Button
        look="quiet"
        square
        aria-label="Next match"
        data-testid="table-find-next"
        disabled={text === ""}
        onClick={() => {
          step("next");
        }}
      >
        <ChevronDown size={13} aria-hidden />
      </Button>
      <Button
        look="quiet"
        square
        aria-label="Only rows with a match"
        title="Only rows with a match"
        aria-pressed={isFilter && text !== ""}
        className="aria-pressed:bg-accent-wash aria-pressed:text-accent"
        disabled={text === ""}
        onClick={() => {
          if (text !== sought) onText(text);
          filterByText(id, isFilter ? null : text);
        }}
      >
        <Filter size={12} aria-hidden />
      </Button>
      <span aria-live="polite" data-testid="table-find-outcome" className="flex items-center gap-1 text-sm whitespace-nowrap text-soft">
        <Outcome id={id} />
      </span>
    </search>
  );
}
