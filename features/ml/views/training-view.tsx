/** A platform's page: the dataset above, what to do on the left, what happened on the right. */
import { lazy, Suspense, useMemo } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { Segmented } from "@ui/components/primitives/segmented";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { useCurrentDataset, useDatasets } from "../hooks/use-datasets";
import { useFormRevision } from "../hooks/use-form-revision";
import { useRuns, useShownRun } from "../hooks/use-runs";
import { usePageMode, useSweepAhead } from "../hooks/use-sweep-pages";
import { loadHistory } from "../orchestrators/follow-jobs";
import { openRun } from "../orchestrators/runs";
import { setMode } from "../orchestrators/sweep-pages";
import type { Dataset, Loadable, PageMode, Platform, Run } from "../types";
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

const SweepForm = lazy(() =>
  import("./components/sweep/sweep-form").then((module) => ({ default: module.SweepForm })),
);
const SweepResults = lazy(() =>
  import("./components/sweep/sweep-results").then((module) => ({ default: module.SweepResults })),
);

const MODES = [
  { value: "train", label: "Train", testId: "mode-train" },
  { value: "sweep", label: "Sweep", testId: "mode-sweep" },
] as const;

function FormSkeleton() {
  return <Skeleton label="Loading the form" rows={10} className="p-3" />;
}

function FormContent({ dataset, platform, mode }: { dataset: Dataset | null; platform: Platform; mode: PageMode }) {
  const datasets = useDatasets();
  const revision = useFormRevision();
  if (dataset !== null) {
    const Content = mode === "train" ? TrainingForm : SweepForm;
    return (
      <Suspense fallback={<FormSkeleton />}>
        <Content key={`${mode} ${dataset.id} ${revision}`} dataset={dataset} platform={platform} />
      </Suspense>
    );
  }
  if (datasets.state === "loading") return <FormSkeleton />;
  return <Empty title="Nothing to train on">Open a CSV or Excel file above first.</Empty>;
}

/** What to do: train one network, or sweep over many. */
function Form({ dataset, platform, mode }: { dataset: Dataset | null; platform: Platform; mode: PageMode }) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface">
      <div className="border-b border-line p-2">
        <Segmented label="What to do" options={MODES} value={mode} onChange={setMode} isWide />
      </div>
      <FormContent dataset={dataset} platform={platform} mode={mode} />
    </div>
  );
}

/** While the script for sweeps is on its way, the core reads what it will ask for. */
function SweepsSkeleton({ dataset, platform }: { dataset: Dataset | null; platform: Platform }) {
  useSweepAhead(platform, dataset);
  return <Skeleton label="Loading sweeps" rows={5} className="p-3" />;
}

interface ResultsProps extends Pick<TrainingViewProps, "platform" | "onOpenDistillation"> {
  dataset: Dataset | null;
}

function Results({ dataset, platform, onOpenDistillation }: ResultsProps) {
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
        run={shown}
        isOpened={isOpened}
        onRetry={() => void loadHistory()}
        onOpenDistillation={onOpenDistillation}
      />
      {run === null ? null : (
        <>
          <RunCurves run={run} />
          <ComparisonCard run={run} />
        </>
      )}
      {here.length > 1 ? (
        <Panel title="Runs on this dataset">
          <RunHistory
            runs={here}
            currentId={run?.id}
            onOpenDistillation={onOpenDistillation}
            withPlatform={false}
            withDataset={false}
            maxHeight={240}
          />
        </Panel>
      ) : null}
    </div>
  );
}

interface TrainingViewProps {
  platform: Platform;
  /** Told after a run was opened, so that its platform's page can be shown. */
  onOpenRun: (run: Run) => void;
  /** Told after a distillation was opened, so that its page can be shown. */
  onOpenDistillation: () => void;
}

export function TrainingView({ platform, onOpenRun, onOpenDistillation }: TrainingViewProps) {
  const dataset = useCurrentDataset();
  const mode = usePageMode();
  return (
    <div className="flex flex-col gap-3">
      <DatasetTableCombobox />
      <DatasetTableAccordion />
      <RuntimeBanner platform={platform} />
      <div className="grid grid-cols-1 items-start gap-3 wide:grid-cols-[22rem_minmax(0,1fr)]">
        <Form dataset={dataset} platform={platform} mode={mode} />
        {mode === "train" ? (
          <Results dataset={dataset} platform={platform} onOpenDistillation={onOpenDistillation} />
        ) : (
          <Suspense fallback={<SweepsSkeleton dataset={dataset} platform={platform} />}>
            <SweepResults
              dataset={dataset}
              platform={platform}
              onOpenRun={(run) => {
                setMode("train");
                void openRun(run);
                onOpenRun(run);
              }}
            />
          </Suspense>
        )}
      </div>
    </div>
  );
}
