import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { useDatasets } from "../../../../hooks/use-datasets";
import { useDistillationStart } from "../../../../hooks/use-distillations";
import { useRunTrouble } from "../../../../hooks/use-runs";
import { useRun } from "../../../../hooks/use-sweeps";
import { saveReport, startDistillation } from "../../../../orchestrators/distillations";
import { exportRun, openRun } from "../../../../orchestrators/runs";
import { runToKeep } from "../../../../state/distillation-words";
import { PLATFORM_LOOKS, type DistillationJob, type DistillationResult, type Platform, type Run } from "../../../../types";
import { ErrorNote } from "../../error-note";
import { PlatformMark } from "../../platform-mark";
import { nextSteps } from "./next-steps";

export type OnOpenRun = (run: Run) => void;

function Trouble({ run }: { run: Run }) {
  const trouble = useRunTrouble(run.id);
  return trouble === null ? null : (
    <div className="w-full">
      <ErrorNote error={trouble} />
    </div>
  );
}

/** The student's run to keep: opened, or copied out. */
function StudentActions({ platform, id, onOpenRun }: { platform: Platform; id: string | null; onOpenRun: OnOpenRun | undefined }) {
  const run = useRun(id);
  const [isDone, setIsDone] = useState(false);
  if (run === null) {
    return (
      <li className="flex items-center gap-1.5 text-soft">
        <PlatformMark platform={platform} />
        The student’s run is no longer here
      </li>
    );
  }
  const on = PLATFORM_LOOKS[platform].name;
  return (
    <li className="flex flex-wrap items-center gap-1.5">
      <PlatformMark platform={platform} />
      {onOpenRun === undefined ? null : (
        <Button
          aria-label={`Open run ${run.name}`}
          onClick={() => {
            void openRun(run);
            onOpenRun(run);
          }}
        >
          Open run
        </Button>
      )}
      <Button aria-label={`Export the student on ${on}…`} onClick={() => void exportRun(run).then(setIsDone)}>
        {isDone ? "Exported" : "Export the student…"}
      </Button>
      <Trouble run={run} />
    </li>
  );
}

function ReportAction({ job, result }: PartProps) {
  const datasets = useDatasets();
  const run = useRun(result.teacher.run_ids[0]);
  const [isDone, setIsDone] = useState(false);
  const dataset = datasets.state === "ready" ? datasets.value.find(({ id }) => id === job.spec.dataset) : undefined;
  const datasetName = dataset?.name ?? run?.dataset.name ?? "A dataset that is no longer here";
  return (
    <Button
      className="ml-auto"
      data-testid="export-report"
      onClick={() => void saveReport({ job, result, datasetName, now: Date.now() }).then(setIsDone)}
    >
      {isDone ? "Report saved" : "Export report…"}
    </Button>
  );
}

/** Trouble with starting stands in the form, whose start it shares. */
function NextSteps({ job, result }: PartProps) {
  const start = useDistillationStart();
  const steps = nextSteps(job, result);
  if (steps.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line px-3 py-2" data-testid="next-steps">
      <span className="text-soft">Next:</span>
      {steps.map(({ key, label, why, spec }) => (
        <Button key={key} title={why} disabled={start.state === "starting"} onClick={() => void startDistillation(spec)}>
          {label}
        </Button>
      ))}
    </div>
  );
}

interface PartProps {
  job: DistillationJob;
  result: DistillationResult;
}

/** What to do with the answer, and what may be worth trying after it. */
export function ComparisonActions({ job, result, onOpenRun }: PartProps & { onOpenRun: OnOpenRun | undefined }) {
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2 border-t border-line px-3 py-2">
        <ul className="flex flex-wrap gap-x-6 gap-y-2">
          {result.students.map((comparison) => (
            <StudentActions
              key={comparison.platform}
              platform={comparison.platform}
              id={runToKeep(comparison, result.metric)}
              onOpenRun={onOpenRun}
            />
          ))}
        </ul>
        <ReportAction job={job} result={result} />
      </div>
      <NextSteps job={job} result={result} />
    </>
  );
}
