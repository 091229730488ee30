import { Button } from "@ui/components/primitives/button";
import { ProgressBar } from "@ui/components/primitives/progress-bar";
import { formatCount, formatPercent } from "@ui/lib/format";
import { askProfile, stopProfile } from "../../../orchestrators/profiles";
import type { ProfileShown } from "../../../state/zustand/profiles-store";
import type { Dataset } from "../../../types";
import { ErrorNote } from "../error-note";

/** What the figures are about, and where those that are under way stand. */
export function ProfileProgress({ dataset, shown }: { dataset: Dataset; shown: ProfileShown }) {
  const { value, state, share, target, error } = shown;
  const ask = () => void askProfile(dataset, target);
  return (
    <>
      {state === "computing" ? (
        <div className="animate-appear flex min-w-0 flex-1 items-center gap-2" data-testid="profile-progress">
          <div className="w-32">
            <ProgressBar label="Computing figures" share={share} colour="var(--accent)" />
          </div>
          <span className="figures text-sm text-faint">{share === null ? "Computing…" : formatPercent(share)}</span>
          <Button look="quiet" onClick={() => void stopProfile(dataset)} data-testid="profile-stop">
            Stop
          </Button>
        </div>
      ) : null}
      {state === "stopped" ? (
        <div className="flex items-center gap-2 text-soft" data-testid="profile-stopped">
          {value === null ? "Stopped before there were figures." : "Stopped; these are the figures from before."}
          <Button onClick={ask}>Compute</Button>
        </div>
      ) : null}
      {state === "ready" && value !== null && value.sampled_rows < value.n_rows ? (
        <span className="figures text-sm text-faint">
          Quantiles, correlations and associations from {formatCount(value.sampled_rows)} of {formatCount(value.n_rows)} rows
        </span>
      ) : null}
      {error === null ? null : (
        <div className="w-full pb-2">
          <ErrorNote what="Figures could not be computed" error={error} onRetry={ask} />
        </div>
      )}
    </>
  );
}
