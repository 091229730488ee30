/** Columns that the rows of a table can be split by. */
import type { Column, ColumnKind, Dataset, SplitKind } from "../types";

/** A column to split by that suggests itself; empty where a person has to choose. */
export function likelySplitColumn(dataset: Dataset, target: string, split: SplitKind): string {
  const columns = dataset.columns.filter((column) => column.name !== target);
  switch (split) {
    case "random":
    case "by_group":
      return "";
    case "by_time": {
      const dates = columns.filter((column) => column.kind === "datetime");
      return dates.length === 1 ? (dates[0]?.name ?? "") : "";
    }
    case "by_column":
      return columns.find(({ name }) => /^(split|set|part|partition|subset)$/i.test(name))?.name ?? "";
  }
}

/** Columns that rows can be split by, the likeliest first. What only the rows can tell is the core's to refuse. */
export function splitColumns(dataset: Dataset, target: string, split: SplitKind): Column[] {
  const kinds: Record<SplitKind, readonly ColumnKind[]> = {
    random: [],
    by_time: ["datetime", "numeric", "identifier"],
    by_group: ["category", "identifier", "boolean", "text", "numeric", "datetime"],
    by_column: ["category", "boolean", "text"],
  };
  return kinds[split].flatMap((kind) => dataset.columns.filter((column) => column.kind === kind && column.name !== target));
}
