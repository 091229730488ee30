import { useMemo } from "react";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { HeatTable } from "@ui/components/table/heat-table";
import { formatCount, formatCounted, formatFixed, MISSING } from "@ui/lib/format";
import { PLATFORM_LOOKS, type Disagreement, type StudentComparison } from "../../../../types";

const HEIGHT = 260;
/** From so many classes on, the counts are opened when wanted. */
const MANY_CLASSES = 12;

/** Which of both has the true class. */
function rightOne({ truth, teacher, student }: Disagreement): string {
  return teacher === truth ? "teacher" : student === truth ? "student" : "neither";
}

function columnsFor(labels: readonly string[]): DataColumn<Disagreement>[] {
  const label = (id: "truth" | "teacher" | "student", header: string): DataColumn<Disagreement> => ({
    id,
    header,
    value: (one) => labels[one[id]],
    cell: (one) => <span className="block truncate">{labels[one[id]] ?? MISSING}</span>,
  });
  return [
    // Counted from 1, as in the table of the dataset.
    { id: "row", header: "Row", value: ({ row }) => row, cell: ({ row }) => formatCount(row + 1), align: "right" },
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

/** Where a student says other than its teacher; nothing for a regression, which has no classes. */
export function Disagreements({ comparison, labels }: { comparison: StudentComparison; labels: readonly string[] | null }) {
  const columns = useMemo(() => columnsFor(labels ?? []), [labels]);
  const { confusion, disagreements, platform } = comparison;
  if (labels === null) return null;
  const on = PLATFORM_LOOKS[platform].name;
  return (
    <Disclosure title={`Where student and teacher disagree: ${on}`} defaultOpen={labels.length <= MANY_CLASSES}>
      <div className="flex flex-col gap-3 px-3 pb-3" data-testid="distillation-disagreements">
        <p className="figures text-soft">{countText(comparison)}</p>
        <div className="grid grid-cols-1 items-start gap-4 min-[1240px]:grid-cols-2">
          {disagreements.length === 0 ? null : (
            <DataTable
              label={`Rows on which student and teacher disagree, ${on}`}
              columns={columns}
              rows={disagreements}
              rowKey={({ row }) => String(row)}
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
