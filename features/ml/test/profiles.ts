/** A table with a leak, and what the core would say of it. */
import type { ColumnProfile, Dataset, DatasetProfile, PartPreview, ProfileWarning, SplitPart, SplitPreview } from "../types";
import { dataset } from "./examples";

/** Hires of bicycles, an hour a row. */
export const bikes: Dataset = {
  ...dataset,
  id: "bikes",
  name: "Bikes",
  n_rows: 1000,
  columns: [
    { name: "when", kind: "datetime", missing: 0, distinct: 1000, excluded_because: null },
    { name: "station", kind: "category", missing: 0, distinct: 12, excluded_because: null },
    { name: "set", kind: "category", missing: 0, distinct: 3, excluded_because: null },
    { name: "temperature", kind: "numeric", missing: 123, distinct: 40, excluded_because: null },
    { name: "casual", kind: "numeric", missing: 0, distinct: 200, excluded_because: null },
    { name: "registered", kind: "numeric", missing: 0, distinct: 400, excluded_because: null },
    { name: "count", kind: "numeric", missing: 0, distinct: 500, excluded_because: null },
  ],
  default_target: "count",
};

export function columnProfile(name: string, changes: Partial<ColumnProfile> = {}): ColumnProfile {
  return {
    name,
    kind: "numeric",
    count: 1000,
    missing: 0,
    distinct: 100,
    mean: 50,
    sd: 10,
    min: 0,
    q05: 5,
    q25: 25,
    median: 50,
    q75: 75,
    q95: 95,
    max: 100,
    skew: 0.1,
    top: [
      { value: "7", count: 30 },
      { value: "9", count: 15 },
    ],
    association: 0.2,
    ...changes,
  };
}

export const LEAK: ProfileWarning = {
  kind: "sum_of_columns",
  columns: ["casual", "registered"],
  message: "casual + registered = count",
  why: "They are known only once the target is, so the model would learn to add",
  figures: [{ name: "rows that agree", value: 1 }],
  action: { kind: "exclude_columns", columns: ["casual", "registered"] },
};

export const BY_TIME: ProfileWarning = {
  kind: "date_suggests_time_split",
  columns: ["when"],
  message: "Rows are ordered by when",
  why: "A random split would test on hours between those trained on",
  figures: [],
  action: { kind: "split_by_time", column: "when" },
};

export const REPEATS: ProfileWarning = {
  kind: "duplicate_rows",
  columns: [],
  message: "12 rows repeat another in every column",
  why: "What repeats counts more than once",
  figures: [{ name: "rows", value: 12 }],
  action: { kind: "drop_duplicates" },
};

export const OUTLIERS: ProfileWarning = {
  kind: "outliers",
  columns: ["temperature"],
  message: "3 values of temperature lie far from all others",
  why: "They stretch the scale of the column",
  figures: [],
  action: null,
};

export function profile(changes: Partial<DatasetProfile> = {}): DatasetProfile {
  return {
    target: "count",
    n_rows: 1000,
    sampled_rows: 1000,
    columns: [
      columnProfile("temperature", { count: 877, missing: 123, association: 0.31 }),
      columnProfile("casual", { association: 0.72 }),
      columnProfile("registered", { association: 0.94 }),
      columnProfile("count", { association: null }),
    ],
    correlations: {
      columns: ["count", "casual", "registered"],
      values: [
        [1, 0.69, 0.97],
        [0.69, 1, -0.5],
        [0.97, -0.5, null],
      ],
    },
    warnings: [LEAK, BY_TIME, REPEATS, OUTLIERS],
    ...changes,
  };
}

export function part(name: SplitPart, rows: number, changes: Partial<PartPreview> = {}): PartPreview {
  return {
    part: name,
    rows,
    classes: [],
    target_mean: null,
    target_sd: null,
    groups: null,
    first: null,
    last: null,
    ...changes,
  };
}

export function splitPreview(changes: Partial<SplitPreview> = {}): SplitPreview {
  return { parts: [part("train", 700), part("validation", 100), part("test", 200)], dropped_rows: 0, notes: [], ...changes };
}
