/** What was trained on a dataset, in words. Pure. */
import { formatCounted } from "@ui/lib/format";
import type { DatasetDetails } from "../types";

/** What becomes of these when the dataset is deleted: "3 runs on it keep their figures …". */
export function fateOfUses(details: DatasetDetails): string {
  const uses = usesInWords(details);
  if (uses === null) return "Nothing was trained on it.";
  const keep = details.n_runs + details.n_sweeps === 1 ? "keeps its figures and model" : "keep their figures and models";
  return `${uses} on it ${keep}, but not the rows: to train on these again, the file has to be imported again.`;
}

/** "3 runs and 1 sweep"; null where there are none. */
export function usesInWords({ n_runs, n_sweeps }: DatasetDetails): string | null {
  const parts = [
    n_runs > 0 ? formatCounted(n_runs, "run") : null,
    n_sweeps > 0 ? formatCounted(n_sweeps, "sweep") : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" and ");
}
