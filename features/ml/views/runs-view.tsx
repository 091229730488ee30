/** The history of all runs, whatever their dataset and platform. */
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatCount } from "@ui/lib/format";
import { useRuns } from "../hooks/use-runs";
import { loadHistory } from "../orchestrators/follow-jobs";
import type { Run } from "../types";
import { ErrorNote } from "./components/error-note";
import { RunHistory } from "./components/run-history";

interface RunsViewProps {
  /** Told after a run was opened, so that its platform's page can be shown. */
  onOpen: (run: Run) => void;
  /** Told after a distillation was opened, so that its page can be shown. */
  onOpenDistillation: () => void;
}

function Content({ onOpen, onOpenDistillation }: RunsViewProps) {
  const runs = useRuns();
  switch (runs.state) {
    case "loading":
      return <Skeleton label="Loading runs" rows={8} className="px-3 py-1" />;
    case "failed":
      return (
        <div className="p-3">
          <ErrorNote what="Runs could not be listed" error={runs.error} onRetry={() => void loadHistory()} />
        </div>
      );
    case "ready":
      return runs.value.length === 0 ? (
        <Empty title="No runs yet">Train a network on the PyTorch or the TensorFlow page; it is kept here.</Empty>
      ) : (
        <>
          <RunHistory runs={runs.value} onOpen={onOpen} onOpenDistillation={onOpenDistillation} withPlatform withDataset />
          <p className="figures px-3 py-1.5 text-sm text-faint">{formatCount(runs.value.length)} runs</p>
        </>
      );
  }
}

export function RunsView(props: RunsViewProps) {
  return (
    <Panel title="All runs" testId="RunsView">
      <Content {...props} />
    </Panel>
  );
}
