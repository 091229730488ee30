import { memo, useMemo } from "react";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatCount, formatFixed, formatPercent, formatSignificant, MISSING } from "@ui/lib/format";
import type { ColumnProfile, Dataset, DatasetProfile } from "../../../types";
import { KindBadge } from "../kind-badge";
import { TopValues } from "./top-values";

type Figure = "mean" | "sd" | "min" | "q05" | "q25" | "median" | "q75" | "q95" | "max" | "skew";

const FIGURES: readonly [Figure, string, string?][] = [
  ["mean", "Mean"],
  ["sd", "SD", "Sample standard deviation"],
  ["min", "Min"],
  ["q05", "5 %", "One row in twenty lies below"],
  ["q25", "25 %", "One row in four lies below"],
  ["median", "Median"],
  ["q75", "75 %", "One row in four lies above"],
  ["q95", "95 %", "One row in twenty lies above"],
  ["max", "Max"],
  ["skew", "Skew", "0 where both tails are alike, above 0 where the tail of large values is longer, below 0 where that of small ones is"],
];

/** 0 to 1 as a bar with its figure. */
function Association({ value }: { value: number | null }) {
  if (value === null) return <span className="text-faint">{MISSING}</span>;
  return (
    <span className="flex w-28 items-center gap-2">
      <span aria-hidden className="h-1.5 flex-1 overflow-hidden rounded-full bg-line">
        <span className="block h-full rounded-full bg-accent" style={{ width: `${(value * 100).toFixed(1)}%` }} />
      </span>
      <span className="figures">{formatFixed(value, 2)}</span>
    </span>
  );
}

function associationWords(target: string): string {
  return `How much a column alone says about ${target}, from 0 (nothing) to 1 (everything): the share of the uncertainty about ${target} that the column takes away, measured by mutual information beyond what chance gives. One measure for all kinds of columns.`;
}

function columnsFor(dataset: Dataset, target: string | null): DataColumn<ColumnProfile>[] {
  const excluded = new Map(dataset.columns.map((column) => [column.name, column.excluded_because]));
  const rows = (row: ColumnProfile) => row.count + row.missing;
  return [
    {
      id: "name",
      header: "Column",
      value: (row) => row.name,
      cell: (row) => (
        <span className="block max-w-48 truncate font-medium" title={row.name}>
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
    ...(target === null
      ? []
      : [
          {
            id: "association",
            header: "Association",
            explanation: associationWords(target),
            value: (row: ColumnProfile) => row.association ?? undefined,
            cell: (row: ColumnProfile) =>
              row.name === target ? <span className="text-faint">the target</span> : <Association value={row.association} />,
          },
        ]),
    {
      id: "top",
      header: "Most frequent",
      value: (row) => (row.top[0] === undefined || row.count === 0 ? undefined : row.top[0].count / row.count),
      cell: (row) => <TopValues column={row} />,
    },
    {
      id: "count",
      header: "Count",
      explanation: "Rows with a value",
      value: (row) => row.count,
      cell: (row) => formatCount(row.count),
      align: "right",
    },
    {
      id: "missing",
      header: "Missing",
      explanation: "Share of rows without a value",
      value: (row) => row.missing,
      cell: (row) => (
        <span title={`${formatCount(row.missing)} rows`} className={row.missing === 0 ? "text-faint" : undefined}>
          {formatPercent(rows(row) === 0 ? null : row.missing / rows(row))}
        </span>
      ),
      align: "right",
    },
    {
      id: "distinct",
      header: "Distinct",
      value: (row) => row.distinct,
      cell: (row) => formatCount(row.distinct),
      align: "right",
    },
    ...FIGURES.map(
      ([id, header, explanation]): DataColumn<ColumnProfile> => ({
        id,
        header,
        explanation,
        value: (row) => row[id] ?? undefined,
        cell: (row) => formatSignificant(row[id], 4),
        align: "right",
      }),
    ),
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

interface ColumnTableProps {
  dataset: Dataset;
  profile: DatasetProfile;
  height: number;
}

/** Figures of every column, a row each. */
function PlainColumnTable({ dataset, profile, height }: ColumnTableProps) {
  const columns = useMemo(() => columnsFor(dataset, profile.target), [dataset, profile.target]);
  return (
    <DataTable
      label={`Columns of ${dataset.name}`}
      columns={columns}
      rows={profile.columns}
      rowKey={(row) => row.name}
      maxHeight={height}
      keepsFirst
      testId="profile-columns"
    />
  );
}

// Of hundreds of columns, and what stands around it changes as one types in the form.
export const ColumnTable = memo(PlainColumnTable);
