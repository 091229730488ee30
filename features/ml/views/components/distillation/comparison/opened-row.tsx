import { X } from "lucide-react";
import { Button } from "@ui/components/primitives/button";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatCount, MISSING } from "@ui/lib/format";
import { useTableRow } from "../../../../hooks/use-table";
import type { Dataset } from "../../../../types";
import { ErrorNote } from "../../error-note";

interface OpenedRowProps {
  dataset: Dataset;
  /** From 0. */
  row: number;
  /** What was said of it, one line. */
  said: string;
  onClose: () => void;
}

/** One row of the dataset with all its cells, and what both networks said of it. */
export function OpenedRow({ dataset, row, said, onClose }: OpenedRowProps) {
  const cells = useTableRow(dataset.id, row);
  return (
    <section className="rounded-md border border-line" aria-label={`Row ${formatCount(row + 1)}`} data-testid="opened-row">
      <header className="flex items-center gap-2 border-b border-line py-1 pr-1 pl-2">
        <h4 className="figures font-medium">Row {formatCount(row + 1)}</h4>
        <p className="min-w-0 grow truncate text-soft">{said}</p>
        <Button look="quiet" square aria-label="Close the row" onClick={onClose}>
          <X size={14} aria-hidden />
        </Button>
      </header>
      {cells.state === "loading" ? <Skeleton label="Reading the row" rows={3} className="px-2 py-1" /> : null}
      {cells.state === "failed" ? (
        <div className="p-2">
          <ErrorNote what="The row could not be read" error={cells.error} />
        </div>
      ) : null}
      {cells.state === "ready" ? (
        <dl className="grid max-h-72 grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-x-4 overflow-auto px-2 py-1" tabIndex={0}>
          {dataset.columns.map(({ name, kind }, index) => (
            <div key={name} className="flex justify-between gap-2 border-b border-line py-0.5">
              <dt className="truncate text-soft" title={name}>
                {name}
              </dt>
              <dd className={kind === "numeric" ? "figures" : "truncate"} title={cells.value[index] ?? undefined}>
                {cells.value[index] ?? MISSING}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
    </section>
  );
}
