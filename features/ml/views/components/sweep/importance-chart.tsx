import { useMemo } from "react";
import { BarChart } from "@ui/components/charts/bar-chart";
import { ChartFrame } from "@ui/components/charts/chart-frame";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { MISSING } from "@ui/lib/format";
import { useImportance } from "../../../hooks/use-sweeps";
import { parameterLabel } from "../../../state/sweep-parameters";
import type { JobId, Platform } from "../../../types";
import { ErrorNote } from "../error-note";
import { PLATFORM_DRAWN } from "./chart-parts";

interface Row {
  name: string;
  shares: (number | null)[];
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** How much each parameter matters for the objective, on each platform. */
export function ImportanceChart({ id, platforms }: { id: JobId; platforms: readonly Platform[] }) {
  const importance = useImportance(id, platforms);
  const answer = importance.state === "ready" ? importance.value : null;
  const rows = useMemo<Row[]>(() => {
    const names = [...new Set((answer ?? []).flatMap(({ shares }) => shares.map((share) => share.name)))];
    return names
      .map((name) => ({
        name,
        shares: (answer ?? []).map(({ shares }) => shares.find((share) => share.name === name)?.importance ?? null),
      }))
      .sort((a, b) => Math.max(...b.shares.map((share) => share ?? 0)) - Math.max(...a.shares.map((share) => share ?? 0)));
  }, [answer]);
  const columns = useMemo<DataColumn<Row>[]>(
    () => [
      { id: "name", header: "Parameter", value: (row) => parameterLabel(row.name), cell: (row) => parameterLabel(row.name) },
      ...platforms.map((platform, index): DataColumn<Row> => {
        const at = (row: Row) => row.shares[index] ?? undefined;
        return {
          id: platform,
          header: PLATFORM_DRAWN[platform].name,
          value: at,
          cell: (row) => {
            const share = at(row);
            return share === undefined ? MISSING : percent(share);
          },
          align: "right",
        };
      }),
    ],
    [platforms],
  );
  const categories = useMemo(() => rows.map((row) => parameterLabel(row.name)), [rows]);
  const groups = useMemo(
    () =>
      platforms.map((platform, index) => {
        const { name, colour, shape } = PLATFORM_DRAWN[platform];
        return { name, colour, shape, values: rows.map((row) => row.shares[index] ?? null) };
      }),
    [platforms, rows],
  );
  if (importance.state === "loading") return <Skeleton label="Working out what matters" rows={6} />;
  if (importance.state === "failed") {
    return <ErrorNote what="What matters could not be worked out" error={importance.error} onRetry={importance.retry} />;
  }
  const height = Math.max(160, rows.length * (platforms.length * 14 + 12) + 60);
  return (
    <ChartFrame
      testId="importance-chart"
      title="What the objective depends on"
      remark="shares of its variation among trials that trained to their end"
      height={height}
      empty={rows.length === 0 ? "Too few trials have ended to tell" : null}
      chart={<BarChart label="Importance of parameters" categories={categories} groups={groups} format={percent} height={height} />}
      numbers={<DataTable label="Importance, numbers" columns={columns} rows={rows} rowKey={(row) => row.name} maxHeight={height} />}
    />
  );
}
