import { formatCount, formatCounted, formatSignificant, formatTimeLeft } from "@ui/lib/format";
import { useSweepPlan, type SweepFormControl } from "../../../hooks/use-sweep-form";
import type { Dataset, Platform, SweepPlan } from "../../../types";
import { ErrorNote } from "../error-note";

/** 12 combinations, 1.0e12 combinations, or a space without end. */
function combinations({ n_combinations }: SweepPlan): string {
  if (n_combinations === null) return "continuous space";
  return n_combinations < 1e9
    ? formatCounted(n_combinations, "combination")
    : `${formatSignificant(n_combinations, 2)} combinations`;
}

function planText(plan: SweepPlan): string {
  const time = plan.estimated_secs === null ? "time not known yet" : `about ${formatTimeLeft(plan.estimated_secs)}`;
  return `${formatCounted(plan.n_trials, "trial")} · ${combinations(plan)} · ${time}`;
}

interface PlanSummaryProps {
  control: SweepFormControl;
  dataset: Dataset;
  platform: Platform;
}

/** What the form's content comes to, before anything is started. */
export function PlanSummary({ control, dataset, platform }: PlanSummaryProps) {
  const plan = useSweepPlan(control, dataset, platform);
  switch (plan.state) {
    case "unfit":
      return <p className="text-sm text-faint">Once every field is right, it says here how long it takes.</p>;
    case "loading":
      return <p className="text-sm text-faint">Counting…</p>;
    case "failed":
      return <ErrorNote error={plan.error} testId="plan-error" />;
    case "ready":
      return (
        <p className="figures text-sm text-soft" data-testid="sweep-plan">
          {planText(plan.value)}
          <span className="sr-only">, {formatCount(plan.value.swept.length)} settings vary</span>
        </p>
      );
  }
}
