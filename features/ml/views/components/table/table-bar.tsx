import { Columns3, CornerDownRight } from "lucide-react";
import type { ReactNode, Ref } from "react";
import { Button } from "@ui/components/primitives/button";
import { formatCount, formatCounted } from "@ui/lib/format";
import { useColumnLayout, useTableState } from "../../../hooks/use-table";
import { isFiltered } from "../../../state/table-query";
import type { Dataset } from "../../../types";

interface TableBarProps {
  dataset: Dataset;
  nMatching: number;
  /** The newest query's rows are under way. */
  isBusy: boolean;
  /** The search. */
  children: ReactNode;
  /** What is selected, in words. */
  selection: string | null;
  goToRef: Ref<HTMLButtonElement>;
  columnsRef: Ref<HTMLButtonElement>;
  onGoTo: () => void;
  onColumns: () => void;
}

/** How many rows there are, the search, and what is selected. */
export function TableBar(props: TableBarProps) {
  const { dataset, nMatching, isBusy, children, selection, goToRef, columnsRef, onGoTo, onColumns } = props;
  const query = useTableState(dataset.id, (state) => state.query);
  const notice = useTableState(dataset.id, (state) => state.notice);
  const { hidden } = useColumnLayout(dataset.id);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1">
      <span className="figures text-sm text-soft" data-testid="table-count">
        {isFiltered(query)
          ? `${formatCount(nMatching)} of ${formatCounted(dataset.n_rows, "row")}`
          : formatCounted(dataset.n_rows, "row")}
        {isBusy ? <span className="animate-appear text-faint"> · working…</span> : null}
      </span>
      {children}
      <span role="status" data-testid="table-selection" className="figures ml-auto truncate text-sm text-soft">
        {selection ?? notice}
      </span>
      <span className="flex gap-1">
        <Button ref={goToRef} look="quiet" className="px-2" title="Ctrl+G" data-testid="go-to-row-button" onClick={onGoTo}>
          <CornerDownRight size={12} aria-hidden />
          Go to row
        </Button>
        <Button ref={columnsRef} look="quiet" className="px-2" data-testid="columns-button" onClick={onColumns}>
          <Columns3 size={12} aria-hidden />
          Columns{hidden.length === 0 ? "" : ` (${formatCount(hidden.length)} hidden)`}
        </Button>
      </span>
    </div>
  );
}
