import { Tooltip } from "@ui/components/primitives/tooltip";
import { formatCount, formatPercent, MISSING } from "@ui/lib/format";
import type { ColumnProfile } from "../../../types";

const HEIGHT = 14;

/** The most frequent values as small bars, the first by name; all with their counts for whoever points at it. */
export function TopValues({ column: { name, top, count } }: { column: ColumnProfile }) {
  const [first] = top;
  if (first === undefined) return <span className="text-faint">{MISSING}</span>;
  const share = (rows: number) => formatPercent(count === 0 ? null : rows / count);
  return (
    <Tooltip
      content={
        <table className="figures">
          <caption className="text-left text-faint">Most frequent in {name}</caption>
          <tbody>
            {top.map((one) => (
              <tr key={one.value}>
                <th scope="row" className="max-w-48 truncate pr-3 text-left font-normal">
                  {one.value}
                </th>
                <td className="pr-3 text-right">{formatCount(one.count)}</td>
                <td className="text-right">{share(one.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    >
      <button type="button" className="flex w-48 cursor-default items-center gap-2 text-left">
        <span aria-hidden className="flex shrink-0 items-end gap-px" style={{ height: HEIGHT }}>
          {top.map((one) => (
            <span
              key={one.value}
              className="w-1 rounded-t-[1px] bg-accent/60"
              // The least frequent one is still to be seen.
              style={{ height: Math.max(1, (one.count / first.count) * HEIGHT) }}
            />
          ))}
        </span>
        <span className="truncate">{first.value}</span>
        <span className="figures ml-auto shrink-0 text-sm text-faint">{share(first.count)}</span>
      </button>
    </Tooltip>
  );
}
