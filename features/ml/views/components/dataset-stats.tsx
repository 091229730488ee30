import { useMemo } from "react";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatCount, formatSignificant, MISSING } from "@ui/lib/format";
import { useProfile } from "../../hooks/use-table";
import type { ColumnProfile, Dataset } from "../../types";
import { KindBadge } from "./dataset-rows";
import { ErrorNote } from "./error-note";

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

function topOf({ top }: ColumnProfile): string {
  return top.length === 0 ? MISSING : top.map(({ value, count }) => `${value} (${formatCount(count)})`).join(", ");
}

function columnsFor(dataset: Dataset): DataColumn<ColumnProfile>[] {
  const excluded = new Map(dataset.columns.map((column) => [column.name, column.excluded_because]));
  const count = (id: "missing" | "distinct", header: string): DataColumn<ColumnProfile> => ({
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
      ([id, header]): DataColumn<ColumnProfile> => ({
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
  const profile = useProfile(dataset, null);
  const columns = useMemo(() => columnsFor(dataset), [dataset]);
  return (
    <div style={{ height }} data-testid="dataset-stats">
      {profile.state === "loading" ? (
        <Skeleton label="Computing figures" rows={6} className="px-3" />
      ) : profile.state === "failed" ? (
        <div className="p-2">
          <ErrorNote what="Figures could not be computed" error={profile.error} onRetry={profile.retry} />
        </div>
      ) : (
        <DataTable
          label={`Columns of ${dataset.name}`}
          columns={columns}
          rows={profile.value.columns}
          rowKey={(row) => row.name}
          maxHeight={height}
        />
      )}
    </div>
  );
}
