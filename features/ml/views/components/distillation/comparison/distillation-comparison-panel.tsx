import { Panel } from "@ui/components/primitives/panel";
import { usePlatformMatrix } from "../../../../hooks/use-distillations";
import { isDistillation, type DistillationJob, type DistillationResult, type DistillationSnapshot, type Job } from "../../../../types";
import { ComparisonActions, type OnOpenRun } from "./comparison-actions";
import { DeltaTable } from "./delta-table";
import { Disagreements } from "./disagreements";
import { PlatformMatrix } from "./platform-matrix";
import { SideBySide } from "./side-by-side";
import { StudentSearchPart } from "./student-search-part";
import { Verdicts } from "./verdicts";

interface AnswerProps {
  job: DistillationJob;
  result: DistillationResult;
  onOpenRun: OnOpenRun | undefined;
}

function Answer({ job, result, onOpenRun }: AnswerProps) {
  const cells = usePlatformMatrix(job, result);
  return (
    <>
      <Verdicts result={result} />
      <section className="border-t border-line pt-2">
        <h3 className="px-3 font-semibold">What distilling changed</h3>
        <DeltaTable result={result} />
      </section>
      <section className="border-t border-line pt-2">
        <h3 className="px-3 font-semibold">Side by side</h3>
        <SideBySide result={result} />
      </section>
      <PlatformMatrix cells={cells} />
      {result.search === null ? null : (
        <StudentSearchPart search={result.search} teacher={result.teacher} budget={job.spec.budget} />
      )}
      {result.students.map((comparison) => (
        <Disagreements key={comparison.platform} comparison={comparison} labels={result.labels} />
      ))}
      <ComparisonActions job={job} result={result} onOpenRun={onOpenRun} />
    </>
  );
}

interface DistillationComparisonPanelProps {
  job: Job;
  snapshot: DistillationSnapshot;
  /** Leads to the page of a run's platform; without it runs are not to be opened from here. */
  onOpenRun?: OnOpenRun;
}

/** What a distillation came to: the answer, teacher, control and student side by side, and what follows. */
export function DistillationComparisonPanel({ job, snapshot, onOpenRun }: DistillationComparisonPanelProps) {
  const { result, search, teacher } = snapshot;
  if (!isDistillation(job) || (result === null && (search?.candidates.length ?? 0) === 0)) return null;
  return (
    <Panel testId="DistillationComparisonPanel" title={result === null ? "Students tried" : "Teacher, control and student"}>
      {result !== null ? (
        <Answer job={job} result={result} onOpenRun={onOpenRun} />
      ) : search !== null ? (
        <StudentSearchPart search={search} teacher={teacher} budget={job.spec.budget} />
      ) : null}
    </Panel>
  );
}
