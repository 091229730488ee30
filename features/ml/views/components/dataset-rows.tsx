import { useMemo } from "react";
import { Tooltip } from "@ui/components/primitives/tooltip";
import { VirtualGrid, type GridColumn } from "@ui/components/table/virtual-grid";
import { classNames } from "@ui/lib/class-names";
import { formatCount, formatCounted } from "@ui/lib/format";
import { useTableRows } from "../../hooks/use-table";
import type { Column, ColumnKind, Dataset } from "../../types";
import { ErrorNote } from "./error-note";

const KIND_NAMES: Record<ColumnKind, string> = {
  numeric: "number",
  category: "category",
  boolean: "yes/no",
  datetime: "date",
  text: "text",
  identifier: "identifier",
  constant: "constant",
};

export function KindBadge({ kind, isExcluded }: { kind: ColumnKind; isExcluded: boolean }) {
  return (
    <span
      className={classNames(
        "inline-block rounded-sm px-1 text-xs font-normal",
        isExcluded ? "bg-caution-wash text-caution" : "bg-sunken text-soft",
      )}
    >
      {KIND_NAMES[kind]}
    </span>
  );
}

function HeaderCell({ column, isTarget }: { column: Column; isTarget: boolean }) {
  const reason = column.excluded_because;
  const details = (
    <>
      <p className="font-medium break-words">{column.name}</p>
      <p>
        {KIND_NAMES[column.kind]}, {formatCounted(column.distinct, "distinct value")},{" "}
        {column.missing === 0 ? "none missing" : `${formatCount(column.missing)} missing`}
      </p>
      {isTarget ? <p>Suggested as the target</p> : null}
      {reason === null ? null : <p>Not learnt from by default: {reason}</p>}
    </>
  );
  return (
    <Tooltip content={details}>
      <button type="button" className="block h-full w-full cursor-default pt-0.5 text-inherit [text-align:inherit]">
        <span className={classNames("block truncate text-sm font-semibold", isTarget && "text-accent")}>{column.name}</span>
        <span className={classNames("flex items-center gap-1 text-xs text-faint", column.kind === "numeric" && "justify-end")}>
          <KindBadge kind={column.kind} isExcluded={reason !== null} />
          {column.missing === 0 ? null : <span className="figures truncate">{formatCount(column.missing)} missing</span>}
        </span>
        {reason === null ? null : <span className="sr-only">excluded by default: {reason}</span>}
      </button>
    </Tooltip>
  );
}

const HEADER_HEIGHT = 42;

function widthOf(column: Column): number {
  const words = Math.max(column.name.length * 7.5, KIND_NAMES[column.kind].length * 6 + (column.missing > 0 ? 72 : 0));
  const least = column.kind === "text" ? 220 : column.kind === "datetime" ? 150 : 84;
  return Math.round(Math.min(280, Math.max(least, words + 28)));
}

/** Rows of the table as they are in the file, fetched as they come into sight. */
export function DatasetRows({ dataset, height }: { dataset: Dataset; height: number }) {
  const { rowAt, onRange, error, retry } = useTableRows(dataset);
  const columns = useMemo<GridColumn[]>(
    () =>
      dataset.columns.map((column) => ({
        key: column.name,
        header: <HeaderCell column={column} isTarget={column.name === dataset.default_target} />,
        width: widthOf(column),
        align: column.kind === "numeric" ? "right" : "left",
      })),
    [dataset],
  );
  return (
    <>
      {error === null ? null : (
        <div className="p-2">
          <ErrorNote what="Rows could not be read" error={error} onRetry={retry} />
        </div>
      )}
      <VirtualGrid
        label={`Rows of ${dataset.name}`}
        columns={columns}
        rowCount={dataset.n_rows}
        rowAt={rowAt}
        onRange={onRange}
        height={height}
        headerHeight={HEADER_HEIGHT}
      />
    </>
  );
}
