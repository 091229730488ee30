import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { TextInput } from "@ui/components/primitives/text-input";
import { formatCount } from "@ui/lib/format";
import type { Column } from "../../types";
import { KindBadge } from "./kind-badge";

interface FeatureListProps {
  /** Without the target. */
  columns: readonly Column[];
  ticked: readonly string[];
  onChange: (ticked: string[]) => void;
}

const ROW_HEIGHT = 28;
const MOST_IN_SIGHT = 7;
/** From so many columns on, a field to search them is worth its room. */
const MANY = 12;

/** Columns to learn from, with the reason beside those that are left out by default. */
export function FeatureList({ columns, ticked, onChange }: FeatureListProps) {
  const [query, setQuery] = useState("");
  const scroller = useRef<HTMLDivElement>(null);
  const chosen = useMemo(() => new Set(ticked), [ticked]);
  const shown = useMemo(() => {
    const wanted = query.trim().toLocaleLowerCase();
    return columns.filter((column) => column.name.toLocaleLowerCase().includes(wanted));
  }, [columns, query]);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    initialRect: { width: 300, height: ROW_HEIGHT * MOST_IN_SIGHT },
  });
  const set = (names: readonly string[], on: boolean) => {
    const next = new Set(chosen);
    for (const name of names) {
      if (on) next.add(name);
      else next.delete(name);
    }
    onChange([...next]);
  };
  return (
    <div>
      <div className="flex items-center gap-1">
        <span className="figures text-sm text-soft" data-testid="feature-count">
          {formatCount(columns.filter((column) => chosen.has(column.name)).length)} of {formatCount(columns.length)} columns
        </span>
        <Button
          look="quiet"
          className="ml-auto px-2"
          onClick={() => {
            set(
              shown.filter((column) => column.excluded_because === null).map((column) => column.name),
              true,
            );
          }}
        >
          All
        </Button>
        <Button
          look="quiet"
          className="px-2"
          onClick={() => {
            set(
              shown.map((column) => column.name),
              false,
            );
          }}
        >
          None
        </Button>
      </div>
      {columns.length > MANY ? (
        <TextInput
          aria-label="Search columns"
          placeholder="Search columns"
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
          }}
          className="mb-1"
        />
      ) : null}
      <div
        ref={scroller}
        role="group"
        aria-label="Columns to learn from"
        className="overflow-auto rounded-md border border-line"
        style={{ height: Math.min(MOST_IN_SIGHT, Math.max(1, shown.length)) * ROW_HEIGHT + 2 }}
      >
        <div className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const column = shown[item.index];
            if (column === undefined) return null;
            const reason = column.excluded_because;
            return (
              <div key={column.name} className="absolute inset-x-0 px-2" style={{ top: item.start, height: ROW_HEIGHT }}>
                <Checkbox
                  checked={chosen.has(column.name)}
                  onChange={(on) => {
                    set([column.name], on);
                  }}
                >
                  <span className="truncate" title={column.name}>
                    {column.name}
                  </span>
                  <span className="ml-auto flex min-w-0 shrink items-center gap-1 truncate text-xs text-caution" title={reason ?? undefined}>
                    {reason === null ? null : <span className="truncate">{reason}</span>}
                    <KindBadge kind={column.kind} isExcluded={reason !== null} />
                  </span>
                </Checkbox>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
