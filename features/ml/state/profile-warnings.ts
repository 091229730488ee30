/** What warnings of a profile do: which are open, what a click changes in a form's content, and how it is taken back. */
import type { Dataset, DatasetProfile, ProfileAction, ProfileWarning, ProfileWarningKind } from "../types";
import { withSplit, type FormValues } from "./training-form";

/** Warnings that are about the target; with another one they are others. */
const ABOUT_TARGET: ReadonlySet<ProfileWarningKind> = new Set([
  "target_leakage",
  "sum_of_columns",
  "rows_in_train_and_test",
  "rare_classes",
  "imbalance",
  "skewed_target",
] as const);

/** What makes the figures of a trained model wrong; the others only make it worse. */
const GRAVE: ReadonlySet<ProfileWarningKind> = new Set([
  "target_leakage",
  "sum_of_columns",
  "rows_in_train_and_test",
] as const);

export function isGrave({ kind }: ProfileWarning): boolean {
  return GRAVE.has(kind);
}

/** Names a warning among those of its dataset, over restarts. */
export function warningKey({ kind, columns }: ProfileWarning, target: string | null): string {
  return JSON.stringify([kind, ABOUT_TARGET.has(kind) ? target : null, ...columns]);
}

/** Kinds of columns that are left out by default, which the core says without advising anything. */
const LEFT_OUT: ReadonlySet<ProfileWarningKind> = new Set(["identifier", "constant", "high_cardinality_text"] as const);

/** What a click on the warning does; null where a person has to think. */
export function actionOf({ kind, columns, action }: ProfileWarning, dataset: Dataset): ProfileAction | null {
  if (action !== null || !LEFT_OUT.has(kind)) return action;
  const excluded = new Set(dataset.columns.filter((column) => column.excluded_because !== null).map(({ name }) => name));
  // Whoever ticks them all the same is warned, and can leave them out again.
  return columns.every((name) => excluded.has(name)) ? { kind: "exclude_columns", columns } : null;
}

/** Whether the content is already as the action would have it, by a click here or by hand. */
export function isAnswered(action: ProfileAction, values: FormValues): boolean {
  switch (action.kind) {
    case "exclude_columns":
      return action.columns.every((name) => !values.features.includes(name));
    case "split_by_group":
      return values.split === "by_group" && values.split_column === action.column;
    case "split_by_time":
      return values.split === "by_time" && values.split_column === action.column;
    case "drop_duplicates":
      return values.drop_duplicates;
    case "balance_classes":
      return values.class_weighting === "balanced";
  }
}

/** The content after the action. */
export function withAction(action: ProfileAction, values: FormValues, dataset: Dataset): FormValues {
  switch (action.kind) {
    case "exclude_columns":
      return { ...values, features: values.features.filter((name) => !action.columns.includes(name)) };
    case "split_by_group":
      return withSplit(values, { split: "by_group", split_column: action.column }, dataset);
    case "split_by_time":
      return withSplit(values, { split: "by_time", split_column: action.column }, dataset);
    case "drop_duplicates":
      return { ...values, drop_duplicates: true };
    case "balance_classes":
      return { ...values, class_weighting: "balanced" };
  }
}

/** The content with what the action changed as it was `before`; whatever else was changed since stays. */
export function withoutAction(action: ProfileAction, values: FormValues, before: FormValues, dataset: Dataset): FormValues {
  const tickAgain = (from: FormValues, names: readonly string[]): FormValues => {
    const back = names.filter((name) => before.features.includes(name) && !from.features.includes(name));
    return { ...from, features: [...from.features, ...back.filter((name) => name !== from.target)] };
  };
  switch (action.kind) {
    case "exclude_columns":
      return tickAgain(values, action.columns);
    case "split_by_group":
    case "split_by_time":
      return tickAgain(withSplit(values, { split: before.split, split_column: before.split_column }, dataset), [action.column]);
    case "drop_duplicates":
      return { ...values, drop_duplicates: before.drop_duplicates };
    case "balance_classes":
      return { ...values, class_weighting: before.class_weighting };
  }
}

export interface SortedWarnings {
  /** Neither answered nor dismissed. */
  open: readonly ProfileWarning[];
  /** The form's content is already as they ask for. */
  answered: readonly ProfileWarning[];
  dismissed: readonly ProfileWarning[];
}

/** Warnings by what a person has made of them, each in the profile's order. */
export function sortWarnings(
  { warnings, target }: DatasetProfile,
  { dataset, values, dismissed }: { dataset: Dataset; values: FormValues; dismissed: readonly string[] },
): SortedWarnings {
  const sorted = { open: [] as ProfileWarning[], answered: [] as ProfileWarning[], dismissed: [] as ProfileWarning[] };
  for (const warning of warnings) {
    const action = actionOf(warning, dataset);
    if (dismissed.includes(warningKey(warning, target))) sorted.dismissed.push(warning);
    else if (action !== null && isAnswered(action, values)) sorted.answered.push(warning);
    else sorted.open.push(warning);
  }
  return sorted;
}
