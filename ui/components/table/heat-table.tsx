/** Counts of pairs of classes as a table shaded by each row's shares. */
import { formatCount } from "@ui/lib/format";

interface HeatTableProps {
  caption: string;
  /** What rows and columns are: "true", "predicted". */
  rowName: string;
  columnName: string;
  labels: readonly string[];
  /** `counts[row][column]`; as many of each as labels. */
  counts: readonly (readonly number[])[];
}

export function HeatTable({ caption, rowName, columnName, labels, counts }: HeatTableProps) {
  return (
    <div className="overflow-auto outline-offset-[-2px]" tabIndex={0} role="region" aria-label={caption}>
      <table className="border-separate border-spacing-px text-sm">
        <caption className="pb-1 text-left text-faint">
          {caption}; rows: {rowName}, columns: {columnName}
        </caption>
        <thead>
          <tr>
            <td />
            {labels.map((label) => (
              <th key={label} scope="col" className="max-w-24 min-w-8 truncate px-1 text-right font-medium text-soft" title={label}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, r) => {
            const total = row.reduce((sum, count) => sum + count, 0);
            return (
              <tr key={labels[r] ?? r}>
                <th scope="row" className="max-w-32 truncate pr-2 text-right font-medium text-soft" title={labels[r]}>
                  {labels[r]}
                </th>
                {row.map((count, c) => {
                  const share = total === 0 ? 0 : count / total;
                  const hue = r === c ? "var(--accent)" : "var(--danger)";
                  return (
                    <td
                      key={labels[c] ?? c}
                      className="figures h-6 min-w-8 rounded-sm px-1 text-right"
                      // Up to a third of the hue keeps ink readable on it in both themes.
                      style={{ background: `color-mix(in srgb, ${hue} ${(share * 33).toFixed(1)}%, var(--surface))` }}
                    >
                      <span className={count === 0 ? "text-faint" : undefined}>{formatCount(count)}</span>
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
