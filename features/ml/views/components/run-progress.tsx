import { Button } from "@ui/components/primitives/button";
import { ProgressBar } from "@ui/components/primitives/progress-bar";
import { formatCount, formatTimeLeft } from "@ui/lib/format";
import { useEpochs, useInterruption } from "../../hooks/use-runs";
import { cancelJob } from "../../orchestrators/runs";
import { secondsLeftOf } from "../../state/pace";
import { PLATFORM_LOOKS, type Run } from "../../types";

/** How far a run under way has come, and the way to stop it. */
export function RunProgress({ run }: { run: Run }) {
  const epochs = useEpochs(run);
  const interruption = useInterruption(run.id);
  const planned = run.config.epochs;
  const left = run.status === "running" ? secondsLeftOf(run, epochs) : null;
  const atMost = run.config.early_stopping_patience === null ? "about" : "at most";
  return (
    <div className="flex flex-col gap-1.5" data-testid="run-progress">
      <div className="flex items-center gap-3">
        <span className="figures">
          {run.status === "queued"
            ? "Waiting for its turn"
            : run.epoch === 0
              ? "Preparing"
              : `Epoch ${formatCount(run.epoch)} of ${formatCount(planned)}`}
        </span>
        {left === null ? null : (
          <span className="figures text-soft">
            {atMost} {formatTimeLeft(left)} left
          </span>
        )}
        <Button className="ml-auto" onClick={() => void cancelJob(run)} data-testid="cancel-button">
          Cancel
        </Button>
      </div>
      <ProgressBar
        label={`Training on ${PLATFORM_LOOKS[run.platform].name}`}
        share={run.epoch === 0 ? null : run.epoch / planned}
        colour={PLATFORM_LOOKS[run.platform].colour}
      />
      {interruption === null ? null : (
        <p role="status" className="text-sm text-caution">
          Interrupted, and going on: {interruption}
        </p>
      )}
    </div>
  );
}
