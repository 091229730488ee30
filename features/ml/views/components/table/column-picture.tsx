import { useMemo } from "react";
import { MiniBars } from "@ui/components/charts/mini-bars";
import { MiniHistogram } from "@ui/components/charts/mini-histogram";
import { filterTable, pressValue } from "../../../orchestrators/table-query";
import { binsOfRange, rangeOfBins } from "../../../state/table-query";
import type { CellCondition, ColumnSummary, DatasetId } from "../../../types";

const MOST_BARS = 3;

interface ColumnPictureProps {
  id: DatasetId;
  /** Undefined until it is counted. */
  summary: ColumnSummary | undefined;
  condition: CellCondition | null;
}

/** How a column's values are spread over all rows; drawing over it, or pressing a value, filters by it. */
export function ColumnPicture({ id, summary, condition }: ColumnPictureProps) {
  const chosen = useMemo(
    () =>
      new Set(
        condition?.kind === "values" && condition.exclude !== true
          ? condition.values.filter((value) => value !== null)
          : [],
      ),
    [condition],
  );
  if (summary === undefined) {
    return <div aria-hidden className="animate-appear mt-4 h-3 rounded-sm bg-sunken" />;
  }
  const { name, spread } = summary;
  switch (spread.shape) {
    case "histogram":
      return (
        <MiniHistogram
          label={name}
          counts={spread.counts}
          ends={spread.labels}
          selected={binsOfRange(spread, condition)}
          onSelect={(bins) => {
            filterTable(id, name, bins === null ? null : rangeOfBins(spread, bins[0], bins[1]));
          }}
        />
      );
    case "values":
      // Where no value comes twice there is nothing to compare.
      return (spread.top[0]?.count ?? 0) < 2 ? (
        <p className="text-xs text-faint">{summary.distinct === 1 ? "One value" : "Each value once"}</p>
      ) : (
        <MiniBars
          label={name}
          values={spread.top.slice(0, MOST_BARS)}
          total={summary.n_rows}
          selected={chosen}
          onSelect={(value, adds) => {
            pressValue(id, name, value, adds);
          }}
        />
      );
    case "empty":
      return <p className="text-xs text-faint">No values</p>;
  }
}
