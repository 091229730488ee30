import { useMemo, type ReactNode } from "react";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { MISSING } from "@ui/lib/format";
import { CHART_HEIGHT, ChartFrame } from "./chart-frame";
import { LineChart, type Series } from "./line-chart";

interface ChartCardProps {
  title: string;
  series: readonly Series[];
  xName: string;
  formatX?: (value: number) => string;
  formatY: (value: number) => string;
  mark?: { x: number; name: string };
  /** Stands in for the title, where it says the same: a choice of metric, for instance. */
  heading?: ReactNode;
  remark?: string;
  legend?: readonly Pick<Series, "name" | "colour" | "dashed">[];
  /** Stands in for the chart while there are no points. */
  empty: string;
  height?: number;
  testId?: string;
}

interface NumbersRow {
  x: number;
  values: (number | null | undefined)[];
}

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

type NumbersProps = Pick<ChartCardProps, "title" | "series" | "xName" | "formatX" | "formatY"> & { height: number };

function Numbers({ title, series, xName, formatX, formatY, height }: NumbersProps) {
  const rows = useMemo(() => rowsOf(series), [series]);
  const names = series.map((one) => one.name).join("\n");
  const columns = useMemo<DataColumn<NumbersRow>[]>(
    () => [
      {
        id: "x",
        header: xName,
        value: (row) => row.x,
        cell: (row) => (formatX === undefined ? row.x : formatX(row.x)),
        align: "right",
      },
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
    [xName, names, formatX, formatY],
  );
  return (
    <DataTable
      label={`${title}, numbers`}
      columns={columns}
      rows={rows}
      rowKey={(row) => String(row.x)}
      maxHeight={height}
    />
  );
}

/** Curves under their title, with the same numbers as a table one click away. */
export function ChartCard(props: ChartCardProps) {
  const { title, series, xName, formatX, formatY, mark, heading, remark, legend, empty, height = CHART_HEIGHT, testId } = props;
  return (
    <ChartFrame
      title={title}
      heading={heading}
      remark={remark}
      testId={testId}
      height={height}
      empty={series.some((one) => one.points.length > 0) ? null : empty}
      chart={
        <LineChart
          label={title}
          series={series}
          xName={xName}
          formatX={formatX}
          formatY={formatY}
          mark={mark}
          legend={legend}
          height={height}
        />
      }
      numbers={<Numbers title={title} series={series} xName={xName} formatX={formatX} formatY={formatY} height={height} />}
    />
  );
}
