import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { HeatTable } from "@ui/components/table/heat-table";
import { useDistillationOf } from "../../hooks/use-distillation-pages";
import { useRunTrouble } from "../../hooks/use-runs";
import { useSweepOfRun } from "../../hooks/use-sweep-pages";
import { openDistillation } from "../../orchestrators/distillation-pages";
import { closeRun, exportRun, measureRun, reuseSettings } from "../../orchestrators/runs";
import { openSweep } from "../../orchestrators/sweep-pages";
import { isUnderWay, PLATFORM_LOOKS, type Loadable, type Platform, type Run, type RunRole } from "../../types";
import { ErrorNote } from "./error-note";
import { PlatformMark } from "./platform-mark";
import { RunFacts } from "./run-facts";
import { RunMetrics } from "./run-metrics";
import { RunProgress } from "./run-progress";
import { StatusBadge } from "./status-badge";

function ReuseSettings({ run }: { run: Run }) {
  return (
    <Button
      onClick={() => {
        reuseSettings(run);
      }}
      data-testid="reuse-settings"
    >
      Reuse settings
    </Button>
  );
}

function Export({ run }: { run: Run }) {
  const [isDone, setIsDone] = useState(false);
  return (
    <Button
      onClick={() => {
        void exportRun(run).then(setIsDone);
      }}
    >
      {isDone ? "Exported" : "Export model…"}
    </Button>
  );
}

function MeasureSpeed({ run }: { run: Run }) {
  const [isMeasuring, setIsMeasuring] = useState(false);
  const isKnown = run.speed !== null && run.speed !== undefined;
  return (
    <Button
      disabled={isMeasuring}
      data-testid="measure-speed"
      onClick={() => {
        setIsMeasuring(true);
        void measureRun(run).finally(() => {
          setIsMeasuring(false);
        });
      }}
    >
      {isMeasuring ? "Measuring…" : isKnown ? "Measure speed again" : "Measure speed"}
    </Button>
  );
}

function Confusion({ run }: { run: Run }) {
  const confusion = run.outcome?.confusion ?? null;
  if (confusion === null || run.labels === null) return null;
  return (
    <Disclosure title="Confusion on test rows" defaultOpen={run.labels.length <= 12}>
      <div className="px-3 pb-3" data-testid="confusion-matrix">
        <HeatTable
          caption="Test rows by class"
          rowName="true class"
          columnName="predicted class"
          labels={run.labels}
          counts={confusion}
        />
      </div>
    </Disclosure>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul data-testid="run-notes" className="list-disc pl-4 text-soft">
      {notes.map((note) => (
        <li key={note} className="break-words">
          {note}
        </li>
      ))}
    </ul>
  );
}

/** Says that a run is the best trial of a sweep, and leads there. */
function FromSweep({ run }: { run: Run }) {
  const sweep = useSweepOfRun(run);
  if (sweep === null) return null;
  return (
    <p className="flex flex-wrap items-center gap-2 text-soft" data-testid="from-sweep">
      Made of the best trial of a sweep
      <Button
        onClick={() => {
          openSweep(sweep);
        }}
      >
        Show the sweep
      </Button>
    </p>
  );
}

const ROLE_SENTENCES: Record<RunRole["kind"], string> = {
  teacher: "Teacher of a distillation: students learn from it",
  student: "Student of a distillation: it has learned from a teacher",
  control: "Control of a distillation: a student’s network trained without a teacher",
};

/** Says what a run of a distillation is there for, and leads there. */
function FromDistillation({ run, onOpen }: { run: Run; onOpen: (() => void) | undefined }) {
  const distillation = useDistillationOf()(run);
  const { role } = run;
  if (role === null || role === undefined) return null;
  return (
    <p className="flex flex-wrap items-center gap-2 text-soft" data-testid="run-role">
      {ROLE_SENTENCES[role.kind]}
      {distillation === null || onOpen === undefined ? null : (
        <Button
          onClick={() => {
            openDistillation(distillation);
            onOpen();
          }}
        >
          Show the distillation
        </Button>
      )}
    </p>
  );
}

function Summary({ run, isOpened, onOpenDistillation }: Pick<RunSummaryPanelProps, "isOpened" | "onOpenDistillation"> & { run: Run }) {
  const trouble = useRunTrouble(run.id);
  return (
    <Panel
      testId="RunSummaryPanel"
      title={
        <span className="flex min-w-0 items-center gap-2">
          <PlatformMark platform={run.platform} />
          <span className="truncate">{run.name}</span>
        </span>
      }
      aside={
        <>
          <StatusBadge status={run.status} testId="run-status" />
          {isOpened ? (
            <Button
              onClick={() => {
                closeRun(run.platform);
              }}
            >
              Show latest
            </Button>
          ) : null}
        </>
      }
    >
      <div className="flex flex-col gap-3 p-3">
        {isUnderWay(run.status) ? <RunProgress run={run} /> : null}
        {run.error === null ? null : (
          <ErrorNote error={run.error} actions={<ReuseSettings run={run} />} testId="run-error" />
        )}
        {run.error === null && run.status === "cancelled" ? (
          <p className="text-soft">Cancelled after {run.epoch} epochs. Its curves are kept; train again when you like.</p>
        ) : null}
        {trouble === null ? null : <ErrorNote error={trouble} />}
        <FromSweep run={run} />
        <FromDistillation run={run} onOpen={onOpenDistillation} />
        <RunMetrics run={run} />
        <RunFacts run={run} />
        <Notes notes={run.notes} />
        {isUnderWay(run.status) || run.error !== null ? null : (
          <div className="flex flex-wrap gap-2">
            <ReuseSettings run={run} />
            {run.outcome === null ? null : (
              <>
                <Export key={run.id} run={run} />
                <MeasureSpeed key={`speed-${run.id}`} run={run} />
              </>
            )}
          </div>
        )}
      </div>
      <Confusion run={run} />
    </Panel>
  );
}

interface RunSummaryPanelProps {
  platform: Platform;
  /** Whether there is a dataset to run on. */
  hasDataset: boolean;
  /** The run to show; null where the platform has none on the dataset. */
  run: Loadable<Run | null>;
  /** Whether it was opened from the history rather than being the latest. */
  isOpened: boolean;
  onRetry: () => void;
  /** Told after a distillation was opened, so that its page can be shown. */
  onOpenDistillation?: () => void;
}

/** The latest run of a platform, or the one that was opened: where it stands and what it came to. */
export function RunSummaryPanel({ platform, hasDataset, run, isOpened, onRetry, onOpenDistillation }: RunSummaryPanelProps) {
  const { name } = PLATFORM_LOOKS[platform];
  if (run.state === "ready" && run.value !== null) {
    return <Summary run={run.value} isOpened={isOpened} onOpenDistillation={onOpenDistillation} />;
  }
  return (
    <Panel testId="RunSummaryPanel" title="Latest run">
      {run.state === "loading" ? (
        <Skeleton label="Loading runs" rows={5} className="px-3 py-1" />
      ) : run.state === "failed" ? (
        <div className="p-3">
          <ErrorNote what="Runs could not be listed" error={run.error} onRetry={onRetry} />
        </div>
      ) : (
        <Empty title={hasDataset ? `No ${name} run on this dataset yet` : "No run yet"}>
          {hasDataset ? "Choose" : "Open a dataset, choose"} the column to predict and press Train on {name}. Curves and
          figures appear here while it runs.
        </Empty>
      )}
    </Panel>
  );
}
