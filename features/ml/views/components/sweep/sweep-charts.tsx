import { useCallback, useMemo, useState, type ReactNode } from "react";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { Tabs } from "@ui/components/primitives/tabs";
import { useTrialColumns, useTrialView } from "../../../hooks/use-sweeps";
import { selectTrials } from "../../../orchestrators/sweeps";
import { chartTrials, isHigherBetter } from "../../../state/trial-charts";
import { brushed, refKey } from "../../../state/trial-view";
import type { Platform, SweepJob, SweepSnapshot, TrialCost, TrialFilter } from "../../../types";
import { ErrorNote } from "../error-note";
import { BestSoFarChart } from "./best-so-far-chart";
import type { ChartProps } from "./chart-parts";
import { CostChart } from "./cost-chart";
import { CurvesChart } from "./curves-chart";
import { ImportanceChart } from "./importance-chart";
import { ParallelTrialsChart } from "./parallel-trials-chart";
import { SliceChart } from "./slice-chart";

interface SweepChartsProps {
  job: SweepJob;
  snapshot: SweepSnapshot;
  /** While the table has no rows yet: charts ask for all trials, and would keep its first page waiting. */
  isWaiting: boolean;
}

interface OfTrialsProps extends SweepChartsProps {
  filter: TrialFilter;
  /** Whether the chart needs the values of what was swept. */
  withParameters?: boolean;
  /** What the Pareto front weighs the objective against. */
  cost?: TrialCost;
  children: (props: ChartProps) => ReactNode;
}

/** Fetches the trials that a filter lets through for the chart inside. */
function OfTrials({ job, snapshot, isWaiting, filter, withParameters = false, cost = "size", children }: OfTrialsProps) {
  const columns = useTrialColumns(job.id, { filter, cost, with_parameters: withParameters }, !isWaiting);
  const answer = columns.state === "ready" ? columns.value : null;
  const trials = useMemo(() => (answer === null ? [] : chartTrials(answer)), [answer]);
  switch (columns.state) {
    case "loading":
      return <Skeleton label="Loading the chart" rows={8} />;
    case "failed":
      return <ErrorNote what="Trials could not be read" error={columns.error} onRetry={columns.retry} />;
    case "ready":
      return children({
        trials,
        platforms: job.spec.platforms,
        objective: snapshot.objective,
        isHigherBetter: isHigherBetter(snapshot.objective),
      });
  }
}

/** What the trials show, one chart at a time; the table's filter and selection hold here too. */
export function SweepCharts({ job, snapshot, isWaiting }: SweepChartsProps) {
  const { id } = job;
  const view = useTrialView(id);
  const all = useMemo(() => brushed(view.filter, view.brush), [view.filter, view.brush]);
  const selected = useMemo(() => new Set(view.selected.map(refKey)), [view.selected]);
  const onPick = useCallback(
    (key: string) => {
      const [number, platform] = key.split(" ");
      selectTrials(id, [{ number: Number(number), platform: platform as Platform }], !selected.has(key));
    },
    [id, selected],
  );
  const [cost, setCost] = useState<TrialCost>("size");
  const part = { job, snapshot, isWaiting };
  const { swept } = snapshot;
  return (
    <section aria-label="Charts" data-testid="SweepCharts" className="min-w-0 rounded-lg border border-line bg-surface">
      <Tabs
        label="Charts"
        tabs={[
          {
            key: "best",
            title: "Best so far",
            content: (
              <OfTrials {...part} filter={all}>
                {(props) => <BestSoFarChart {...props} since={job.created_at ?? 0} />}
              </OfTrials>
            ),
          },
          {
            key: "parallel",
            title: "Settings",
            content: (
              // Without what is brushed here: a brush greys lines, and would else take them away under the hand.
              <OfTrials {...part} filter={view.filter} withParameters>
                {(props) => <ParallelTrialsChart {...props} id={id} swept={swept} space={job.spec.space} brush={view.brush} />}
              </OfTrials>
            ),
          },
          {
            key: "importance",
            title: "What matters",
            content: <ImportanceChart id={id} platforms={job.spec.platforms} />,
          },
          {
            key: "slice",
            title: "By setting",
            content: (
              <OfTrials {...part} filter={all} withParameters>
                {(props) => <SliceChart {...props} swept={swept} space={job.spec.space} selected={selected} onPick={onPick} />}
              </OfTrials>
            ),
          },
          {
            key: "cost",
            title: "By cost",
            content: (
              <OfTrials {...part} filter={all} cost={cost}>
                {(props) => (
                  <CostChart
                    {...props}
                    id={id}
                    cost={cost}
                    onCost={setCost}
                    canMeasure={job.status !== "queued" && job.status !== "running"}
                    selected={selected}
                    onPick={onPick}
                  />
                )}
              </OfTrials>
            ),
          },
          {
            key: "curves",
            title: "Curves",
            content: (
              <OfTrials {...part} filter={all}>
                {(props) => <CurvesChart {...props} id={id} selected={view.selected} />}
              </OfTrials>
            ),
          },
        ].map((tab) => ({ ...tab, content: <div className="p-3">{tab.content}</div> }))}
      />
    </section>
  );
}
