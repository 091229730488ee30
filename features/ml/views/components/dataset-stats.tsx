import { useMemo } from "react";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatCount, formatSignificant, MISSING } from "@ui/lib/format";
import { useColumnStats } from "../../hooks/use-column-stats";
import type { ColumnStats, Dataset } from "../../types";
import { ErrorNote } from "./error-note";
import { KindBadge } from "./kind-badge";

type Figure = "mean" | "sd" | "min" | "q25" | "median" | "q75" | "max";

const FIGURES: readonly [Figure, string][] = [
  ["mean", "Mean"],
  ["sd", "SD"],
  ["min", "Min"],
  ["q25", "25 %"],
  ["median", "Median"],
  ["q75", "75 %"],
  ["max", "Max"],
];

function topOf({ top }: ColumnStats): string {
  return top.length === 0 ? MISSING : top.map(({ value, count }) => `${value} (${formatCount(count)})`).join(", ");
}

function columnsFor(dataset: Dataset): DataColumn<ColumnStats>[] {
  const excluded = new Map(dataset.columns.map((column) => [column.name, column.excluded_because]));
  const count = (id: "missing" | "distinct", header: string): DataColumn<ColumnStats> => ({
    id,
    header,
    value: (row) => row[id],
    cell: (row) => formatCount(row[id]),
    align: "right",
  });
  return [
    {
      id: "name",
      header: "Column",
      value: (row) => row.name,
      cell: (row) => (
        <span className="block truncate font-medium" title={row.name}>
          {row.name}
        </span>
      ),
    },
    {
      id: "kind",
      header: "Kind",
      value: (row) => row.kind,
      cell: (row) => <KindBadge kind={row.kind} isExcluded={(excluded.get(row.name) ?? null) !== null} />,
    },
    count("missing", "Missing"),
    count("distinct", "Distinct"),
    ...FIGURES.map(
      ([id, header]): DataColumn<ColumnStats> => ({
        id,
        header,
        value: (row) => row[id] ?? undefined,
        cell: (row) => formatSignificant(row[id], 4),
        align: "right",
      }),
    ),
    {
      id: "top",
      header: "Most frequent",
      value: (row) => row.top[0]?.count,
      cell: (row) => (
        <span className="block truncate" title={topOf(row)}>
          {topOf(row)}
        </span>
      ),
    },
    {
      id: "excluded",
      header: "Left out because",
      value: (row) => excluded.get(row.name) ?? undefined,
      cell: (row) => (
        <span className="block truncate text-caution" title={excluded.get(row.name) ?? undefined}>
          {excluded.get(row.name) ?? ""}
        </span>
      ),
    },
  ];
}

/** Figures of every column. */
export function DatasetStats({ dataset, height }: { dataset: Dataset; height: number }) {
  const stats = useColumnStats(dataset);
  const columns = useMemo(() => columnsFor(dataset), [dataset]);
  return (
    <div style={{ height }} data-testid="dataset-stats">
      {stats.state === "loading" ? (
        <Skeleton label="Computing figures" rows={6} className="px-3" />
      ) : stats.state === "failed" ? (
        <div className="p-2">
          <ErrorNote what="Figures could not be computed" error={stats.error} onRetry={stats.retry} />
        </div>
      ) : (
        <DataTable
          label={`Columns of ${dataset.name}`}
          columns={columns}
          rows={stats.value}
          rowKey={(row) => row.name}
          maxHeight={height}
        />
      )}
    </div>
  );
}
