/** What a split would come to: the question to the core, and its answer as parts to draw. */
import type { Dataset, PartPreview, PreparationSpec, SplitPart, SplitPreview, SplitRule, TrainingConfig } from "../types";
import { toConfig, type FormValues } from "./training-form";

/** Settings that decide which row is in which part. */
const OF_SPLIT: ReadonlySet<string> = new Set([
  "target",
  "task",
  "test_fraction",
  "validation_fraction",
  "split",
  "split_column",
  "drop_duplicates",
  "seed",
] satisfies (keyof FormValues)[]);

/** Whether a setting decides which row is in which part. */
export function isOfSplit(name: string): boolean {
  return OF_SPLIT.has(name);
}

/** Which rows are in which part, as the core takes it. */
export function splitRuleOf({ split, split_column }: Pick<TrainingConfig, "split" | "split_column">): SplitRule {
  return split === "random" ? { kind: "random" } : { kind: split, column: split_column ?? "" };
}

/** The question that content asks whose settings of the split the schema has accepted. */
export function previewSpec(values: FormValues, dataset: Dataset): PreparationSpec {
  const config = toConfig(values, dataset);
  return {
    dataset: dataset.id,
    target: values.target,
    task: config.task,
    // Columns to learn from do not matter here, so that ticking one asks nothing.
    features: null,
    exclude: [],
    test_fraction: config.test_fraction,
    validation_fraction: config.validation_fraction,
    seed: config.seed,
    split: splitRuleOf(config),
    drop_duplicates: config.drop_duplicates,
  };
}

export const PART_NAMES: Record<SplitPart, string> = { train: "Train", validation: "Validation", test: "Test" };

/** A class's rows in each part, in the order of the parts. */
export interface ClassRow {
  name: string;
  counts: readonly number[];
  total: number;
}

/** Classes with their rows in each part, the largest first; empty in a regression. */
export function classRows({ parts }: SplitPreview): ClassRow[] {
  const names = parts[0]?.classes.map(({ value }) => value) ?? [];
  return names
    .map((name, index) => {
      const counts = parts.map((part) => part.classes[index]?.count ?? 0);
      return { name, counts, total: counts.reduce((sum, count) => sum + count, 0) };
    })
    .sort((a, b) => b.total - a.total);
}

/** A piece of a part's bar. */
export interface Piece {
  name: string;
  /** Of the part's rows, 0 to 1. */
  share: number;
}

/** A part's classes as pieces of a bar: the largest of all rows by name, the others as one. */
export function piecesOf(part: PartPreview, most: number, order: readonly ClassRow[]): Piece[] {
  if (part.rows === 0) return [];
  const counts = new Map(part.classes.map(({ value, count }) => [value, count]));
  const named = order.length <= most ? order : order.slice(0, most - 1);
  const pieces = named.map(({ name }) => ({ name, share: (counts.get(name) ?? 0) / part.rows }));
  if (named.length === order.length) return pieces;
  const rest = 1 - pieces.reduce((sum, piece) => sum + piece.share, 0);
  return [...pieces, { name: `${order.length - named.length} others`, share: Math.max(0, rest) }];
}
