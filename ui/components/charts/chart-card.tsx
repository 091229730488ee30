import { useMemo, useState, type ReactNode } from "react";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { Button } from "@ui/components/primitives/button";
import { MISSING } from "@ui/lib/format";
import { LineChart, type Series } from "./line-chart";

interface ChartCardProps {
  title: string;
  series: readonly Series[];
  xName: string;
  formatY: (value: number) => string;
  mark?: { x: number; name: string };
  /** Stands in for the title, where it says the same: a choice of metric, for instance. */
  heading?: ReactNode;
  /** Stands in for the chart while there are no points. */
  empty: string;
  testId?: string;
}

interface NumbersRow {
  x: number;
  values: (number | null | undefined)[];
}

const HEIGHT = 220;

function rowsOf(series: readonly Series[]): NumbersRow[] {
  const byX = new Map<number, NumbersRow>();
  series.forEach((one, index) => {
    for (const [x, y] of one.points) {
      const row = byX.get(x) ?? { x, values: [] };
      row.values[index] = y;
      byX.set(x, row);
    }
  });
  return [...byX.values()].sort((a, b) => a.x - b.x);
}

function Numbers({ title, series, xName, formatY }: Pick<ChartCardProps, "title" | "series" | "xName" | "formatY">) {
  const rows = useMemo(() => rowsOf(series), [series]);
  const names = series.map((one) => one.name).join("\n");
  const columns = useMemo<DataColumn<NumbersRow>[]>(
    () => [
      { id: "x", header: xName, value: (row) => row.x, cell: (row) => row.x, align: "right" },
      ...names.split("\n").map((name, index): DataColumn<NumbersRow> => {
        const at = (row: NumbersRow) => row.values[index] ?? undefined;
        return {
          id: `y${index}`,
          header: name,
          value: at,
          cell: (row) => {
            const value = at(row);
            return value === undefined ? MISSING : formatY(value);
          },
          align: "right",
        };
      }),
    ],
    [xName, names, formatY],
  );
  return (
    <div style={{ height: HEIGHT }}>
      <DataTable
        label={`${title}, numbers`}
        columns={columns}
        rows={rows}
        rowKey={(row) => String(row.x)}
        maxHeight={HEIGHT}
      />
    </div>
  );
}

/** A chart under its title, with the same numbers as a table one click away. */
export function ChartCard({ title, series, xName, formatY, mark, heading, empty, testId }: ChartCardProps) {
  const [asNumbers, setAsNumbers] = useState(false);
  const hasPoints = series.some((one) => one.points.length > 0);
  return (
    <figure data-testid={testId} className="min-w-0">
      <figcaption className="mb-1 flex min-h-7 flex-wrap items-center gap-2">
        {heading === undefined ? <span className="font-medium">{title}</span> : <span className="sr-only">{title}</span>}
        {heading}
        <Button
          look="quiet"
          className="ml-auto"
          aria-pressed={asNumbers}
          aria-label={`${title}: show as ${asNumbers ? "chart" : "numbers"}`}
          onClick={() => {
            setAsNumbers(!asNumbers);
          }}
        >
          {asNumbers ? "Chart" : "Numbers"}
        </Button>
      </figcaption>
      {!hasPoints ? (
        <p className="flex items-center justify-center text-soft" style={{ height: HEIGHT }}>
          {empty}
        </p>
      ) : asNumbers ? (
        <Numbers title={title} series={series} xName={xName} formatY={formatY} />
      ) : (
        <LineChart label={title} series={series} xName={xName} formatY={formatY} mark={mark} height={HEIGHT} />
      )}
    </figure>
  );
}
