/** What was trained on a dataset, in words. Pure. */
import { formatCounted } from "@ui/lib/format";
import type { DatasetDetails } from "../types";

/** "3 runs and 1 sweep"; null where there are none. */
export function usesInWords({ n_runs, n_sweeps }: DatasetDetails): string | null {
  const parts = [
    n_runs > 0 ? formatCounted(n_runs, "run") : null,
    n_sweeps > 0 ? formatCounted(n_sweeps, "sweep") : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" and ");
}
