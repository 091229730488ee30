import { X } from "lucide-react";
import { Button } from "@ui/components/primitives/button";
import { useTableState } from "../../../hooks/use-table";
import { clearFilters, filterByText, filterTable } from "../../../orchestrators/table-query";
import { conditionWords, isFiltered } from "../../../state/table-query";
import type { DatasetId } from "../../../types";

function Chip({ words, onRemove }: { words: string; onRemove: () => void }) {
  return (
    <li className="flex h-6 max-w-full items-center gap-0.5 rounded-full border border-line-strong bg-sunken pl-2 text-sm">
      <span className="figures truncate" title={words}>
        {words}
      </span>
      <button
        type="button"
        aria-label={`Remove filter: ${words}`}
        className="flex size-5 shrink-0 items-center justify-center rounded-full text-soft hover:text-ink"
        onClick={onRemove}
      >
        <X size={11} aria-hidden />
      </button>
    </li>
  );
}

/** What rows are left out by, each with a way to take it away. */
export function FilterChips({ id }: { id: DatasetId }) {
  const query = useTableState(id, (state) => state.query);
  const summaries = useTableState(id, (state) => state.summaries);
  if (!isFiltered(query)) return null;
  return (
    <ul aria-label="Filters" data-testid="table-filters" className="flex flex-wrap items-center gap-1.5 border-b border-line px-3 py-1">
      {query.filters.map(({ column, condition }) => (
        <Chip
          key={column}
          words={`${column} ${conditionWords(condition, summaries[column])}`}
          onRemove={() => {
            filterTable(id, column, null);
          }}
        />
      ))}
      {query.search === null || query.search === "" ? null : (
        <Chip
          words={`Any cell contains “${query.search}”`}
          onRemove={() => {
            filterByText(id, null);
          }}
        />
      )}
      <li>
        <Button
          look="quiet"
          className="h-6 px-2"
          onClick={() => {
            clearFilters(id);
          }}
        >
          Clear all
        </Button>
      </li>
    </ul>
  );
}
