import { useMemo, useState } from "react";
import { ChartCard } from "@ui/components/charts/chart-card";
import type { Series } from "@ui/components/charts/line-chart";
import { Panel } from "@ui/components/primitives/panel";
import { Segmented } from "@ui/components/primitives/segmented";
import { formatSignificant } from "@ui/lib/format";
import { curveOf, meanCurve, type Contest } from "../../../state/distillation-curves";
import { METRIC_NAMES, METRICS_OF_TASK, PLATFORM_LOOKS, ROLE_NAMES, type EpochRecord, type Metric } from "../../../types";

type Measure = "loss" | Metric;

/** In the order in which they are read. */
function measuresOf(contests: readonly Contest[]): readonly Measure[] {
  const task = contests[0]?.members[0]?.run.task ?? null;
  return task === null ? ["loss"] : [...METRICS_OF_TASK[task], "loss"];
}

/** The one chosen where it can be drawn, else the first. */
function measureOf(contests: readonly Contest[], chosen: Measure | null): Measure {
  const measures = measuresOf(contests);
  return measures.find((one) => one === chosen) ?? measures[0] ?? "loss";
}

function nameOf(measure: Measure): string {
  return measure === "loss" ? "Validation loss" : METRIC_NAMES[measure];
}

function pickOf(measure: Measure): (record: EpochRecord) => number | null | undefined {
  return measure === "loss" ? (record) => record.validation_loss : (record) => record.validation_metrics[measure];
}

/** The hue is the platform's; students are solid, controls dashed. */
function lookOf({ platform, role, members }: Contest, hasBoth: boolean): Pick<Series, "name" | "colour" | "dashed"> {
  const { name, colour } = PLATFORM_LOOKS[platform];
  const mean = members.length > 1 ? `, mean of ${members.length}` : "";
  return { name: `${ROLE_NAMES[role]}${hasBoth ? ` on ${name}` : ""}${mean}`, colour, dashed: role === "control" };
}

function areOfBoth(contests: readonly Contest[]): boolean {
  return new Set(contests.map(({ platform }) => platform)).size > 1;
}

function legendOf(contests: readonly Contest[]): Pick<Series, "name" | "colour" | "dashed">[] {
  const hasBoth = areOfBoth(contests);
  return contests.map((contest) => lookOf(contest, hasBoth));
}

function seriesOf(contests: readonly Contest[], measure: Measure): Series[] {
  const pick = pickOf(measure);
  const hasBoth = areOfBoth(contests);
  const seeds = contests.flatMap((contest) =>
    contest.members.length < 2
      ? []
      : contest.members.map(({ run, epochs }) => ({
          ...lookOf(contest, hasBoth),
          name: `${ROLE_NAMES[contest.role]}${hasBoth ? ` on ${PLATFORM_LOOKS[contest.platform].name}` : ""}, seed ${run.config.seed}`,
          points: curveOf(epochs, pick),
          faint: true,
        })),
  );
  return [...seeds, ...contests.map((contest) => ({ ...lookOf(contest, hasBoth), points: meanCurve(contest, pick) }))];
}

const formatValue = (value: number) => formatSignificant(value, 4);

/** Students and controls over the epochs, as they come in: every seed pale, their mean in full. */
export function DistillationCurves({ contests }: { contests: readonly Contest[] }) {
  const [chosen, setChosen] = useState<Measure | null>(null);
  const measure = measureOf(contests, chosen);
  const series = useMemo(() => seriesOf(contests, measure), [contests, measure]);
  const legend = useMemo(() => legendOf(contests), [contests]);
  if (contests.length === 0) return null;
  return (
    <Panel title="Students and controls" testId="distil-curves">
      <div className="p-3">
        <ChartCard
          testId="distil-chart"
          title={`${nameOf(measure)} on validation rows`}
          series={series}
          legend={legend}
          xName="Epoch"
          formatY={formatValue}
          empty="No epoch yet"
          heading={
            <Segmented
              label="What is drawn"
              options={measuresOf(contests).map((value) => ({ value, label: nameOf(value) }))}
              value={measure}
              onChange={setChosen}
            />
          }
        />
      </div>
    </Panel>
  );
}
