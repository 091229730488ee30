/** What warnings of a profile offer and what they have brought about, in words. */
import type { ProfileAction } from "../types";

/** "a", "a and b", "a, b and c", "a, b and 5 others" */
export function namesInWords(names: readonly string[]): string {
  if (names.length <= 1) return names.join();
  if (names.length <= 3) return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} others`;
}

/** A remark of the core's with a capital, unless it begins with the name of a column. */
export function asSentence(text: string, names: readonly (string | null)[]): string {
  if (names.some((name) => name !== null && text.startsWith(name))) return text;
  return `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)}`;
}

/** What the button says. */
export function actionInWords(action: ProfileAction): string {
  switch (action.kind) {
    case "exclude_columns":
      return `Leave out ${namesInWords(action.columns)}`;
    case "split_by_group":
      return `Split by ${action.column}`;
    case "split_by_time":
      return `Split by time of ${action.column}`;
    case "drop_duplicates":
      return "Drop duplicates";
    case "balance_classes":
      return "Balance classes";
  }
}

/** What is so once it was done. */
export function answerInWords(action: ProfileAction): string {
  switch (action.kind) {
    case "exclude_columns":
      return `${namesInWords(action.columns)} ${action.columns.length === 1 ? "is" : "are"} not learnt from`;
    case "split_by_group":
      return `Rows are split by ${action.column}: no group is in two parts`;
    case "split_by_time":
      return `Rows are split by time of ${action.column}: what is tested on comes last`;
    case "drop_duplicates":
      return "Of equal rows only the first is used";
    case "balance_classes":
      return "Each class weighs the same";
  }
}
