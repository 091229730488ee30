/** The distillation page: the dataset above, teacher and student on the left, what came of it on the right. */
import { lazy, Suspense, type ReactNode } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { useCurrentDataset, useDatasets } from "../hooks/use-datasets";
import { useDistillationRevision } from "../hooks/use-form-revision";
import { useRuns } from "../hooks/use-runs";
import { setMode } from "../orchestrators/sweep-pages";
import type { Run } from "../types";
import { DatasetTableAccordion } from "./components/dataset-table-accordion";
import { DatasetTableCombobox } from "./components/dataset-table-combobox";
import { RuntimeBanner } from "./components/runtime-banner";

// The slice is loaded as one; what only this page needs comes with the page.
const DistillationForm = lazy(() =>
  import("./components/distillation/distillation-form").then((module) => ({ default: module.DistillationForm })),
);
const DistillationResults = lazy(() =>
  import("./components/distillation/distillation-results").then((module) => ({ default: module.DistillationResults })),
);

function FormSkeleton() {
  return <Skeleton label="Loading the form" rows={10} className="p-3" />;
}

function Form() {
  const dataset = useCurrentDataset();
  const datasets = useDatasets();
  const runs = useRuns();
  const revision = useDistillationRevision();
  if (dataset === null) {
    if (datasets.state === "loading") return <FormSkeleton />;
    return <Empty title="Nothing to distil on">Open a CSV or Excel file above first.</Empty>;
  }
  // Its first teacher is chosen among the runs, so they are waited for; without them one can be trained still.
  if (runs.state === "loading") return <FormSkeleton />;
  return (
    <Suspense fallback={<FormSkeleton />}>
      <DistillationForm key={`${dataset.id} ${revision}`} dataset={dataset} />
    </Suspense>
  );
}

interface DistillationViewProps {
  /** Ways to the pages on which a teacher can be trained. */
  links: ReactNode;
  /** Told after a run was opened, so that its platform's page can be shown. */
  onOpenRun: (run: Run) => void;
}

export function DistillationView({ links, onOpenRun }: DistillationViewProps) {
  const dataset = useCurrentDataset();
  return (
    <div className="flex flex-col gap-3" data-testid="DistillationView">
      <DatasetTableCombobox />
      <DatasetTableAccordion />
      <RuntimeBanner platform="pytorch" />
      <RuntimeBanner platform="tensorflow" />
      <div className="grid grid-cols-1 items-start gap-3 wide:grid-cols-[22rem_minmax(0,1fr)]">
        <div className="min-w-0 rounded-lg border border-line bg-surface">
          <Form />
        </div>
        <Suspense fallback={<Skeleton label="Loading distillations" rows={5} className="p-3" />}>
          <DistillationResults
            dataset={dataset}
            links={links}
            onOpenRun={(run) => {
              setMode("train");
              onOpenRun(run);
            }}
          />
        </Suspense>
      </div>
    </div>
  );
}
