/** Figures from -1 to 1 between things, shaded by size and sign. */
import { formatFixed, MISSING } from "@ui/lib/format";

interface SignedHeatTableProps {
  caption: string;
  labels: readonly string[];
  /** `values[row][column]`, -1 to 1; none where there is none. */
  values: readonly (readonly (number | null)[])[];
  /** Pixels; larger tables scroll. */
  maxHeight: number;
  testId?: string;
}

function shade(value: number): string {
  const hue = value < 0 ? "var(--danger)" : "var(--accent)";
  // Up to a third of the hue keeps ink readable on it in both themes.
  return `color-mix(in srgb, ${hue} ${(Math.abs(value) * 33).toFixed(1)}%, var(--surface))`;
}

export function SignedHeatTable({ caption, labels, values, maxHeight, testId }: SignedHeatTableProps) {
  return (
    <div
      className="overflow-auto outline-offset-[-2px]"
      tabIndex={0}
      role="region"
      aria-label={caption}
      style={{ maxHeight }}
      data-testid={testId}
    >
      <table className="border-separate border-spacing-px text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <td className="sticky top-0 left-0 z-20 bg-surface" />
            {labels.map((label) => (
              <th
                key={label}
                scope="col"
                className="sticky top-0 z-10 max-w-24 min-w-14 truncate bg-surface px-1 text-right font-medium text-soft"
                title={label}
              >
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, r) => (
            <tr key={label}>
              <th
                scope="row"
                className="sticky left-0 z-10 max-w-40 truncate bg-surface px-2 text-right font-medium text-soft"
                title={label}
              >
                {label}
              </th>
              {labels.map((other, c) => {
                const value = values[r]?.[c] ?? null;
                return (
                  <td
                    key={other}
                    className="figures h-6 min-w-12 rounded-sm px-1 text-right"
                    style={value === null || r === c ? undefined : { background: shade(value) }}
                    title={`${label} and ${other}`}
                  >
                    <span className={value === null || r === c ? "text-faint" : undefined}>
                      {value === null ? MISSING : formatFixed(value, 2)}
                    </span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
