/** A sortable table of rows that are all here; long ones are drawn in part. */
import {
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useMemo, useRef, type ReactElement, type ReactNode } from "react";
import { Tooltip } from "@ui/components/primitives/tooltip";
import { classNames } from "@ui/lib/class-names";

export interface DataColumn<Row> {
  id: string;
  header: string;
  /** What it is sorted by; undefined goes last. */
  value: (row: Row) => string | number | undefined;
  cell: (row: Row) => ReactNode;
  align?: "right";
  /** False for columns of buttons. */
  sortable?: false;
  /** What the figures are, for whoever points at the header or moves to it. */
  explanation?: string;
}

interface DataTableProps<Row> {
  label: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Marks a row as the one that is shown elsewhere. */
  isCurrent?: (row: Row) => boolean;
  /** Pixels; taller tables scroll. */
  maxHeight?: number;
  /** Keeps the first column in sight while the others scroll by. */
  keepsFirst?: boolean;
  testId?: string;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

const ROW_HEIGHT = 28;
/** From so many rows on, only those in sight are drawn. */
const LONG = 80;

type Sortable = string | number;

function compare(a: Sortable, b: Sortable): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

function Explained({ explanation, children }: { explanation: string | undefined; children: ReactElement }) {
  return explanation === undefined ? children : <Tooltip content={explanation}>{children}</Tooltip>;
}

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, isCurrent, maxHeight, keepsFirst = false, testId } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.header,
        accessorFn: column.value,
        enableSorting: column.sortable !== false,
        sortUndefined: "last",
        sortFn: (a, b, id) => compare(a.getValue<Sortable>(id), b.getValue<Sortable>(id)),
      })),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows as Row[],
    getRowId: rowKey,
    enableMultiSort: false,
  });
  const sorted = table.getRowModel().rows;
  const isLong = sorted.length > LONG;
  const window = useVirtualizer({
    count: isLong ? sorted.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
    initialRect: { width: 800, height: maxHeight ?? 400 },
  });
  const inSight = window.getVirtualItems();
  const shown = isLong ? sorted.slice(inSight[0]?.index ?? 0, (inSight.at(-1)?.index ?? -1) + 1) : sorted;
  const above = isLong ? (inSight[0]?.start ?? 0) : 0;
  const below = isLong ? window.getTotalSize() - (inSight.at(-1)?.end ?? 0) : 0;

  return (
    <div
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={label}
      data-testid={testId}
      className="overflow-auto outline-offset-[-2px]"
      style={{ maxHeight: maxHeight ?? (isLong ? 400 : undefined) }}
    >
      <table className="w-full border-separate border-spacing-0 text-left" aria-rowcount={rows.length + 1}>
        <thead className="sticky top-0 z-10 bg-surface">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header, index) => {
                const column = columns[index];
                const order = header.column.getIsSorted();
                const right = column?.align === "right";
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={order === "asc" ? "ascending" : order === "desc" ? "descending" : undefined}
                    className={classNames(
                      "h-7 border-b border-line-strong px-2 text-sm font-medium whitespace-nowrap text-soft",
                      right && "text-right",
                      keepsFirst && index === 0 && "sticky left-0 z-10 bg-surface",
                    )}
                  >
                    {column?.sortable === false ? (
                      <span className={column.header === "" ? undefined : "sr-only"}>{column.header}</span>
                    ) : (
                      <Explained explanation={column?.explanation}>
                        <button
                          type="button"
                          className={classNames("inline-flex items-center gap-1 hover:text-ink", right && "flex-row-reverse")}
                          onClick={header.column.getToggleSortingHandler()}
                        >
                          {column?.header}
                          {order === "asc" ? <ArrowUp size={11} aria-hidden /> : null}
                          {order === "desc" ? <ArrowDown size={11} aria-hidden /> : null}
                        </button>
                      </Explained>
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {above > 0 ? <tr aria-hidden style={{ height: above }} /> : null}
          {shown.map((row) => (
            <tr
              key={row.id}
              aria-current={isCurrent?.(row.original) === true ? "true" : undefined}
              className="group/row hover:bg-sunken aria-[current]:bg-accent-wash"
            >
              {columns.map((column, index) => (
                <td
                  key={column.id}
                  className={classNames(
                    "h-7 max-w-72 border-b border-line px-2 whitespace-nowrap",
                    column.align === "right" && "figures text-right",
                    keepsFirst && index === 0 && "sticky left-0 bg-surface group-hover/row:bg-sunken",
                  )}
                >
                  {column.cell(row.original)}
                </td>
              ))}
            </tr>
          ))}
          {below > 0 ? <tr aria-hidden style={{ height: below }} /> : null}
        </tbody>
      </table>
    </div>
  );
}
