/** A platform's page: the dataset above, what to do on the left, what happened on the right. */
import { lazy, Suspense, useMemo } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { useCurrentDataset, useDatasets } from "../hooks/use-datasets";
import { useFormRevision } from "../hooks/use-form-revision";
import { useRuns, useShownRun } from "../hooks/use-runs";
import { loadHistory } from "../orchestrators/follow-jobs";
import type { Dataset, Loadable, Platform, Run } from "../types";
import { ComparisonCard } from "./components/comparison-card";
import { DatasetTableAccordion } from "./components/dataset-table-accordion";
import { DatasetTableCombobox } from "./components/dataset-table-combobox";
import { RunCurves } from "./components/run-curves";
import { RunHistory } from "./components/run-history";
import { RunSummaryPanel } from "./components/run-summary-panel";
import { RuntimeBanner } from "./components/runtime-banner";

// Forms and their schemas are a third of the script; the first paint goes without.
const TrainingForm = lazy(() =>
  import("./components/training-form").then((module) => ({ default: module.TrainingForm })),
);

function FormSkeleton() {
  return (
    <div className="rounded-lg border border-line bg-surface p-3">
      <Skeleton label="Loading the form" rows={10} />
    </div>
  );
}

function Form({ dataset, platform }: { dataset: Dataset | null; platform: Platform }) {
  const datasets = useDatasets();
  const revision = useFormRevision();
  if (dataset !== null) {
    return (
      <Suspense fallback={<FormSkeleton />}>
        <TrainingForm key={`${dataset.id} ${revision}`} dataset={dataset} platform={platform} />
      </Suspense>
    );
  }
  if (datasets.state === "loading") return <FormSkeleton />;
  return (
    <Panel title="Training">
      <Empty title="Nothing to train on">Open a CSV or Excel file above first.</Empty>
    </Panel>
  );
}

function Results({ dataset, platform }: { dataset: Dataset | null; platform: Platform }) {
  const runs = useRuns();
  const { run, isOpened } = useShownRun(platform, dataset);
  const shown = useMemo<Loadable<Run | null>>(
    // A run just started is shown although the history is still on its way.
    () => (run !== null ? { state: "ready", value: run } : runs.state === "ready" ? { state: "ready", value: null } : runs),
    [run, runs],
  );
  const here = useMemo(
    () =>
      runs.state === "ready"
        ? runs.value.filter((one) => one.platform === platform && one.dataset.id === dataset?.id)
        : [],
    [runs, platform, dataset?.id],
  );
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <RunSummaryPanel
        platform={platform}
        hasDataset={dataset !== null}
        run={shown} isOpened={isOpened} onRetry={() => void loadHistory()} />
      {run === null ? null : (
        <>
          <RunCurves run={run} />
          <ComparisonCard run={run} />
        </>
      )}
      {here.length > 1 ? (
        <Panel title="Runs on this dataset">
          <RunHistory runs={here} currentId={run?.id} withPlatform={false} withDataset={false} maxHeight={240} />
        </Panel>
      ) : null}
    </div>
  );
}

export function TrainingView({ platform }: { platform: Platform }) {
  const dataset = useCurrentDataset();
  return (
    <div className="flex flex-col gap-3">
      <DatasetTableCombobox />
      <DatasetTableAccordion />
      <RuntimeBanner platform={platform} />
      <div className="grid grid-cols-1 items-start gap-3 wide:grid-cols-[22rem_minmax(0,1fr)]">
        <Form dataset={dataset} platform={platform} />
        <Results dataset={dataset} platform={platform} />
      </div>
    </div>
  );
}
