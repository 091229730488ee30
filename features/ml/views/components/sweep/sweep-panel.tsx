import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Confirm } from "@ui/components/primitives/dialog";
import { Panel } from "@ui/components/primitives/panel";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatCount } from "@ui/lib/format";
import { useSweepTrouble, useTrialCounts } from "../../../hooks/use-sweeps";
import type { Live } from "../../../hooks/use-live";
import { dismissTrouble, pauseSweep, resumeSweep, retryTrials, stopSweep } from "../../../orchestrators/sweeps";
import { isOpenEnded, metricInSentence, type SweepJob, type SweepSnapshot } from "../../../types";
import { ErrorNote } from "../error-note";
import { PlatformMark } from "../platform-mark";
import { StatusBadge } from "../status-badge";
import { ExtendButton } from "./extend-button";
import { SweepProgress } from "./sweep-progress";

function StopButton({ job }: { job: SweepJob }) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Button
        onClick={() => {
          setIsAsking(true);
        }}
        data-testid="stop-button"
      >
        Stop
      </Button>
      <Confirm
        open={isAsking}
        title="Stop the sweep?"
        action="Stop"
        cancel="Go on"
        onClose={() => {
          setIsAsking(false);
        }}
        onConfirm={() => {
          setIsAsking(false);
          void stopSweep(job.id);
        }}
      >
        Trials that have ended are kept. Those under way are given up. To go on later, pause it instead.
      </Confirm>
    </>
  );
}

function Actions({ job, failed }: { job: SweepJob; failed: number }) {
  const { id, status } = job;
  return (
    <div className="flex flex-wrap gap-2">
      {status === "running" || status === "queued" ? (
        <Button onClick={() => void pauseSweep(id)} data-testid="pause-button">
          Pause
        </Button>
      ) : null}
      {status === "paused" ? (
        <Button look="primary" onClick={() => void resumeSweep(id)} data-testid="resume-button">
          Resume
        </Button>
      ) : null}
      {isOpenEnded(status) ? <StopButton job={job} /> : null}
      <ExtendButton key={id} id={id} usual={job.spec.n_trials} />
      {failed > 0 ? (
        <Button onClick={() => void retryTrials(id, [])} data-testid="retry-button">
          Retry {formatCount(failed)} failed
        </Button>
      ) : null}
    </div>
  );
}

function Content({ job, snapshot }: { job: SweepJob; snapshot: Live<SweepSnapshot> }) {
  const told = useTrialCounts(job.id);
  switch (snapshot.state) {
    case "loading":
      return <Skeleton label="Loading the sweep" rows={3} />;
    case "failed":
      return <ErrorNote what="The sweep could not be read" error={snapshot.error} onRetry={snapshot.retry} />;
    case "ready": {
      const counts = isOpenEnded(job.status) ? (told ?? snapshot.value.counts) : snapshot.value.counts;
      return (
        <>
          <SweepProgress job={job} snapshot={snapshot.value} counts={counts} />
          {snapshot.error === null ? null : (
            <ErrorNote what="The sweep could not be read again" error={snapshot.error} onRetry={snapshot.retry} />
          )}
          <Actions job={job} failed={counts.failed} />
        </>
      );
    }
  }
}

/** Where a sweep stands, and what can be done with it. */
export function SweepPanel({ job, snapshot }: { job: SweepJob; snapshot: Live<SweepSnapshot> }) {
  const trouble = useSweepTrouble(job.id);
  const { spec } = job;
  const judged = snapshot.state === "ready" ? `, judged by ${metricInSentence(snapshot.value.objective)}` : "";
  return (
    <Panel
      testId="SweepPanel"
      title={
        <span className="flex min-w-0 items-center gap-2">
          {spec.platforms.map((platform) => (
            <PlatformMark key={platform} platform={platform} />
          ))}
          <span className="truncate">
            Sweep of {spec.target}
            <span className="font-normal text-soft">{judged}</span>
          </span>
        </span>
      }
      aside={<StatusBadge status={job.status} testId="sweep-status" />}
    >
      <div className="flex flex-col gap-3 p-3">
        {job.error === null ? null : <ErrorNote error={job.error} testId="sweep-error" />}
        <Content job={job} snapshot={snapshot} />
        {trouble === null ? null : (
          <ErrorNote
            error={trouble}
            onDismiss={() => {
              dismissTrouble(job.id);
            }}
          />
        )}
      </div>
    </Panel>
  );
}
