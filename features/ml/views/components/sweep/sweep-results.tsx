import { useCallback, useState } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { useShownSweep, useSweeps } from "../../../hooks/use-sweep-pages";
import { useSweepSnapshot } from "../../../hooks/use-sweeps";
import { loadHistory } from "../../../orchestrators/follow-jobs";
import { PLATFORM_LOOKS, type Dataset, type Platform, type Run, type SweepJob } from "../../../types";
import { ErrorNote } from "../error-note";
import { BestComparisonCard } from "./best-comparison-card";
import { SweepCharts } from "./sweep-charts";
import { SweepHistory } from "./sweep-history";
import { SweepPanel } from "./sweep-panel";
import { TrialsDataTable } from "./trials-data-table";

function OneSweep({ job, onOpenRun }: { job: SweepJob; onOpenRun: (run: Run) => void }) {
  const snapshot = useSweepSnapshot(job.id);
  const [isListed, setIsListed] = useState(false);
  const onListed = useCallback(() => {
    setIsListed(true);
  }, []);
  const isShown = snapshot.state === "ready" && snapshot.value.job_id === job.id;
  return (
    <>
      <SweepPanel job={job} snapshot={snapshot} />
      {isShown ? (
        <>
          <BestComparisonCard job={job} snapshot={snapshot.value} onOpenRun={onOpenRun} />
          <SweepCharts job={job} snapshot={snapshot.value} isWaiting={!isListed} />
          <TrialsDataTable job={job} snapshot={snapshot.value} onListed={onListed} />
        </>
      ) : null}
    </>
  );
}

interface SweepResultsProps {
  dataset: Dataset | null;
  platform: Platform;
  onOpenRun: (run: Run) => void;
}

function None({ dataset, platform }: Pick<SweepResultsProps, "dataset" | "platform">) {
  const { name } = PLATFORM_LOOKS[platform];
  return (
    <Panel testId="SweepPanel" title="Latest sweep">
      <Empty title={dataset === null ? "No sweep yet" : `No ${name} sweep on this dataset yet`}>
        {dataset === null ? "Open a dataset, then start" : "Start"} from Quick look, choose what varies and press Sweep on {name}.
        Trials, charts and the best settings appear here while it runs.
      </Empty>
    </Panel>
  );
}

/** What happened in the newest sweep of a dataset, or in the one that was opened, and the others to open. */
export function SweepResults({ dataset, platform, onOpenRun }: SweepResultsProps) {
  const sweeps = useSweeps(platform, dataset);
  const list = sweeps.state === "ready" ? sweeps.value : [];
  const shown = useShownSweep(list, dataset);
  switch (sweeps.state) {
    case "loading":
      return (
        <Panel testId="SweepPanel" title="Latest sweep">
          <Skeleton label="Loading sweeps" rows={5} className="px-3 py-1" />
        </Panel>
      );
    case "failed":
      return (
        <Panel testId="SweepPanel" title="Latest sweep">
          <div className="p-3">
            <ErrorNote what="Sweeps could not be listed" error={sweeps.error} onRetry={() => void loadHistory()} />
          </div>
        </Panel>
      );
    case "ready":
      return (
        <div className="flex min-w-0 flex-col gap-3">
          {shown === null ? (
            <None dataset={dataset} platform={platform} />
          ) : (
            <OneSweep key={shown.id} job={shown} onOpenRun={onOpenRun} />
          )}
          {list.length > 1 ? <SweepHistory sweeps={list} currentId={shown?.id} /> : null}
        </div>
      );
  }
}
