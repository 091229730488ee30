import { classNames } from "@ui/lib/class-names";
import { formatCount } from "@ui/lib/format";
import type { ColumnReading, Reading } from "../../../types";
import { KindBadge } from "../kind-badge";

/** More columns say no more about how a file is read. */
const MOST_COLUMNS = 60;

function align({ kind }: ColumnReading): string {
  return kind === "numeric" ? "text-right" : "text-left";
}

function Head({ column }: { column: ColumnReading }) {
  return (
    <th
      scope="col"
      title={`${column.rule}; ${column.evidence}`}
      className={classNames("max-w-56 border-b border-line-strong px-2 py-1 align-bottom", align(column))}
    >
      <span className="block truncate text-sm font-semibold">
        {column.name}
        {column.question === null ? null : (
          <span className="text-caution">
            <span aria-hidden> ?</span>
            <span className="sr-only">, asked about</span>
          </span>
        )}
      </span>
      <KindBadge kind={column.kind} isExcluded={false} />
    </th>
  );
}

interface ReadingPreviewProps {
  fileName: string;
  reading: Reading;
  /** Newer rows are on their way. */
  isBusy: boolean;
}

/** The first rows, cells as in the file, under what their columns hold. */
export function ReadingPreview({ fileName, reading, isBusy }: ReadingPreviewProps) {
  const columns = reading.columns.slice(0, MOST_COLUMNS);
  const more = reading.columns.length - columns.length;
  return (
    <div
      role="region"
      aria-label={`First rows of ${fileName}`}
      aria-busy={isBusy}
      tabIndex={0}
      data-testid="reading-preview"
      className={classNames("max-h-54 shrink-0 overflow-auto rounded-md border border-line transition-opacity", isBusy && "opacity-50")}
    >
      <table className="min-w-full border-separate border-spacing-0">
        <thead className="sticky top-0 bg-surface">
          <tr>
            {columns.map((column) => (
              <Head key={column.name} column={column} />
            ))}
            {more > 0 ? (
              <th scope="col" className="border-b border-line-strong px-2 py-1 align-bottom text-sm font-normal whitespace-nowrap text-soft">
                {formatCount(more)} more
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {reading.preview.map((cells, row) => (
            <tr key={row}>
              {columns.map((column, index) => {
                const cell = cells[index] ?? null;
                return (
                  <td
                    key={column.name}
                    className={classNames("figures h-6 max-w-56 truncate border-b border-line px-2", align(column), cell === null && "text-faint")}
                  >
                    {cell ?? "–"}
                  </td>
                );
              })}
              {more > 0 ? <td className="border-b border-line" /> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
