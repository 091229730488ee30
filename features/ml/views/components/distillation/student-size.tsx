import { Note } from "@ui/components/primitives/note";
import { formatBytes, formatCount } from "@ui/lib/format";
import { useStudentSize, type DistillationFormControl } from "../../../hooks/use-distillation-form";
import { warningText } from "../../../state/distillation-words";
import type { Dataset } from "../../../types";

/** "1/23 of its teacher" */
function shareOf(student: number, teacher: number | null): string {
  if (teacher === null) return "";
  const times = teacher / student;
  return times >= 1.95 ? `, 1/${formatCount(Math.round(times))} of its teacher` : ` against ${formatCount(teacher)} of its teacher`;
}

/** How large the student will be, said as one types, and a warning where nothing is saved. */
export function StudentSize({ control, dataset }: { control: DistillationFormControl; dataset: Dataset }) {
  const { size, teacher } = useStudentSize(control, dataset);
  return (
    <div className="col-span-2 flex flex-col gap-2">
      <p className="figures text-sm text-soft" data-testid="student-size" aria-live="polite">
        {size === null
          ? "Its size is known once the layers are valid and the data has been prepared."
          : `${formatCount(size.parameters)} parameters${shareOf(size.parameters, teacher)}; ${formatBytes(size.bytes)} of weights`}
      </p>
      {size !== null && teacher !== null && size.parameters >= teacher ? (
        <Note tone="caution" title="The student is not smaller than its teacher" testId="student-larger">
          {warningText({ kind: "student_not_smaller", student: size.parameters, teacher })}
        </Note>
      ) : null}
    </div>
  );
}
