import { Button } from "@ui/components/primitives/button";
import { ProgressBar } from "@ui/components/primitives/progress-bar";
import { formatPercent } from "@ui/lib/format";

interface WorkBarProps {
  /** "Writing prices.csv" */
  what: string;
  /** 0 to 1; null where it is not known. */
  share: number | null;
  onStop: () => void;
  testId: string;
}

/** Work on a table: how far it is, and a way to stop it. */
export function WorkBar({ what, share, onStop, testId }: WorkBarProps) {
  const isKnown = share !== null && share > 0;
  return (
    <div data-testid={testId} className="animate-appear flex min-h-7 min-w-0 items-center gap-2 text-soft">
      <span className="truncate">{what}</span>
      <div className="w-40 shrink-0">
        <ProgressBar label={what} share={isKnown ? share : null} colour="var(--accent)" />
      </div>
      {/* Told once that it begins, not at every step. */}
      <span aria-hidden className="figures w-12 text-sm text-faint">
        {isKnown ? formatPercent(Math.round(share * 100) / 100) : ""}
      </span>
      <Button look="quiet" onClick={onStop} aria-label={`Stop ${what.toLowerCase().slice(0, 1)}${what.slice(1)}`}>
        Stop
      </Button>
    </div>
  );
}
