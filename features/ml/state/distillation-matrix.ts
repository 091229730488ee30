/** Students of each platform under teachers of each platform. Pure. */
import { PLATFORMS, type DistillationResult, type Metric, type Platform, type StudentComparison } from "../types";

export interface MatrixCell {
  teacher: Platform;
  student: Platform;
  metric: Metric;
  comparison: StudentComparison;
}

/** The platform of all the teacher's runs; null where they are of both. */
function platformOf({ teacher }: DistillationResult): Platform | null {
  const [first, ...others] = new Set(teacher.platforms);
  return first === undefined || others.length > 0 ? null : first;
}

/** A cell for each pair that was run, of the first answer that has it; none where teachers are of one platform only. */
export function matrixOf(results: readonly DistillationResult[]): MatrixCell[] {
  const cells = PLATFORMS.flatMap((teacher) =>
    PLATFORMS.flatMap((student): MatrixCell[] => {
      for (const result of results) {
        if (platformOf(result) !== teacher) continue;
        const comparison = result.students.find((one) => one.platform === student);
        if (comparison !== undefined) return [{ teacher, student, metric: result.metric, comparison }];
      }
      return [];
    }),
  );
  return new Set(cells.map((cell) => cell.teacher)).size > 1 ? cells : [];
}
