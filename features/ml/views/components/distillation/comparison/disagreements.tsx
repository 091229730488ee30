import { useMemo, useState } from "react";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { HeatTable } from "@ui/components/table/heat-table";
import { formatCount, formatCounted, formatFixed, MISSING } from "@ui/lib/format";
import { useDataset } from "../../../../hooks/use-datasets";
import { PLATFORM_LOOKS, type DatasetId, type Disagreement, type StudentComparison } from "../../../../types";
import { OpenedRow } from "./opened-row";

const HEIGHT = 260;
/** From so many classes on, the counts are opened when wanted. */
const MANY_CLASSES = 12;

/** Which of both has the true class. */
function rightOne({ truth, teacher, student }: Disagreement): string {
  return teacher === truth ? "teacher" : student === truth ? "student" : "neither";
}

function columnsFor(labels: readonly string[], onOpen: ((one: Disagreement) => void) | null): DataColumn<Disagreement>[] {
  const label = (id: "truth" | "teacher" | "student", header: string): DataColumn<Disagreement> => ({
    id,
    header,
    value: (one) => labels[one[id]],
    cell: (one) => <span className="block truncate">{labels[one[id]] ?? MISSING}</span>,
  });
  return [
    // Counted from 1, as in the table of the dataset.
    {
      id: "row",
      header: "Row",
      value: ({ row }) => row,
      cell: (one) =>
        onOpen === null ? (
          formatCount(one.row + 1)
        ) : (
          <button
            type="button"
            className="text-accent underline-offset-2 hover:underline"
            data-testid="open-row"
            onClick={() => {
              onOpen(one);
            }}
          >
            <span className="sr-only">Open row </span>
            {formatCount(one.row + 1)}
          </button>
        ),
      align: "right",
    },
    label("truth", "True class"),
    label("teacher", "Teacher"),
    label("student", "Student"),
    { id: "right", header: "Right", value: rightOne, cell: rightOne },
  ];
}

function countText({ n_disagreements: count, confusion, disagreements }: StudentComparison): string {
  const total = confusion?.flat().reduce((sum, one) => sum + one, 0) ?? 0;
  const of = total === 0 ? "" : ` of ${formatCount(total)} (${formatFixed((100 * count) / total, 1)} %)`;
  const listed = disagreements.length < count ? `; the first ${formatCount(disagreements.length)} are listed` : "";
  return `Student and teacher disagree on ${total === 0 ? formatCounted(count, "test row") : `${formatCount(count)}${of} test rows`}${listed}. The student is that of the first seed.`;
}

interface DisagreementsProps {
  comparison: StudentComparison;
  labels: readonly string[] | null;
  /** Whose rows they are. */
  dataset: DatasetId;
}

/** Where a student says other than its teacher; nothing for a regression, which has no classes. */
export function Disagreements({ comparison, labels, dataset: id }: DisagreementsProps) {
  const dataset = useDataset(id);
  const [opened, setOpened] = useState<Disagreement | null>(null);
  const isHere = dataset !== null;
  const columns = useMemo(() => columnsFor(labels ?? [], isHere ? setOpened : null), [labels, isHere]);
  const { confusion, disagreements, platform } = comparison;
  if (labels === null) return null;
  const on = PLATFORM_LOOKS[platform].name;
  return (
    <Disclosure title={`Where student and teacher disagree: ${on}`} defaultOpen={labels.length <= MANY_CLASSES}>
      <div className="flex flex-col gap-3 px-3 pb-3" data-testid="distillation-disagreements">
        <p className="figures text-soft">{countText(comparison)}</p>
        {opened === null || dataset === null ? null : (
          <OpenedRow
            key={opened.row}
            dataset={dataset}
            row={opened.row}
            said={`${labels[opened.truth] ?? MISSING} in the file; teacher ${labels[opened.teacher] ?? MISSING}, student ${labels[opened.student] ?? MISSING}`}
            onClose={() => {
              setOpened(null);
            }}
          />
        )}
        <div className="grid grid-cols-1 items-start gap-4 min-[1240px]:grid-cols-2">
          {disagreements.length === 0 ? null : (
            <DataTable
              label={`Rows on which student and teacher disagree, ${on}`}
              columns={columns}
              rows={disagreements}
              rowKey={({ row }) => String(row)}
              isCurrent={({ row }) => row === opened?.row}
              maxHeight={HEIGHT}
            />
          )}
          {confusion === null ? null : (
            <HeatTable
              caption={`Test rows by predicted class, ${on}`}
              rowName="teacher’s class"
              columnName="student’s class"
              labels={labels}
              counts={confusion}
            />
          )}
        </div>
      </div>
    </Disclosure>
  );
}
