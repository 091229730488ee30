import type { ReactNode } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { useDistillations, useDistillationSnapshot, useShownDistillation } from "../../../hooks/use-distillations";
import { loadHistory } from "../../../orchestrators/follow-jobs";
import type { Dataset, DistillationJob, Run } from "../../../types";
import { ErrorNote } from "../error-note";
import { DistillationComparisonPanel } from "./comparison/distillation-comparison-panel";
import { DistillationHistory } from "./distillation-history";
import { DistillationProgress } from "./distillation-progress";

interface DistillationResultsProps {
  dataset: Dataset | null;
  /** Ways to the pages on which a teacher can be trained. */
  links: ReactNode;
  /** Told after a run was opened, so that its platform's page can be shown. */
  onOpenRun: (run: Run) => void;
}

function OneDistillation({ job, onOpenRun }: Pick<DistillationResultsProps, "onOpenRun"> & { job: DistillationJob }) {
  const snapshot = useDistillationSnapshot(job.id);
  return (
    <>
      <DistillationProgress job={job} snapshot={snapshot} />
      {snapshot.state === "ready" ? (
        <DistillationComparisonPanel job={job} snapshot={snapshot.value} onOpenRun={onOpenRun} />
      ) : null}
    </>
  );
}

function None({ dataset, links }: Pick<DistillationResultsProps, "dataset" | "links">) {
  return (
    <Panel testId="DistillationPanel" title="Latest distillation">
      <Empty
        title={dataset === null ? "No distillation yet" : "No distillation on this dataset yet"}
        action={<div className="flex flex-wrap justify-center gap-3">{links}</div>}
      >
        {dataset === null ? "Open a dataset, choose" : "Choose"} a teacher and a small student and press Distil. Student and
        control are trained side by side; what the teacher was worth appears here. A teacher is any run that has ended well,
        the best of a sweep, or one that is trained first.
      </Empty>
    </Panel>
  );
}

/** What came of the newest distillation of a dataset, or of the one that was opened, and the others to open. */
export function DistillationResults({ dataset, links, onOpenRun }: DistillationResultsProps) {
  const distillations = useDistillations(dataset);
  const list = distillations.state === "ready" ? distillations.value : [];
  const shown = useShownDistillation(list, dataset);
  switch (distillations.state) {
    case "loading":
      return (
        <Panel testId="DistillationPanel" title="Latest distillation">
          <Skeleton label="Loading distillations" rows={5} className="px-3 py-1" />
        </Panel>
      );
    case "failed":
      return (
        <Panel testId="DistillationPanel" title="Latest distillation">
          <div className="p-3">
            <ErrorNote
              what="Distillations could not be listed"
              error={distillations.error}
              onRetry={() => void loadHistory()}
            />
          </div>
        </Panel>
      );
    case "ready":
      return (
        <div className="flex min-w-0 flex-col gap-3">
          {shown === null ? (
            <None dataset={dataset} links={links} />
          ) : (
            <OneDistillation key={shown.id} job={shown} onOpenRun={onOpenRun} />
          )}
          {list.length > 1 ? <DistillationHistory distillations={list} currentId={shown?.id} /> : null}
        </div>
      );
  }
}
