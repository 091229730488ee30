import { formatCount } from "@ui/lib/format";
import type { Dataset } from "../../types";

/** What was noticed while the file was read. */
export function DatasetWarnings({ dataset, height }: { dataset: Dataset; height: number }) {
  return (
    <div tabIndex={0} role="region" aria-label="Warnings" className="overflow-auto px-3 py-1" style={{ height }}>
      <ul data-testid="dataset-warnings">
        {dataset.warnings.map(({ message, row, column }, index) => (
          <li key={index} className="border-b border-line py-1 last:border-0">
            <span className="break-words">{message}</span>
            <span className="figures ml-2 text-sm text-faint">
              {[row === null ? null : `line ${formatCount(row)}`, column].filter((part) => part !== null).join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
