import { useMemo } from "react";
import { Button } from "@ui/components/primitives/button";
import { Panel } from "@ui/components/primitives/panel";
import { ProgressBar } from "@ui/components/primitives/progress-bar";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatCounted, formatTimeLeft } from "@ui/lib/format";
import { useDistillationTrouble, useEpochsOf, useRunNames, useRunsOfJob } from "../../../hooks/use-distillations";
import type { Live } from "../../../hooks/use-live";
import { cancelDistillation, dismissDistillationTrouble } from "../../../orchestrators/distillations";
import { contestsOf, secondsLeftTogether, shareDone, type Contest } from "../../../state/distillation-curves";
import { specInWords, teacherInWords } from "../../../state/distillation-form";
import { secondsLeftOf } from "../../../state/pace";
import {
  isUnderWay,
  PHASE_NAMES,
  type DistillationJob,
  type DistillationPhase,
  type DistillationSnapshot,
  type Run,
} from "../../../types";
import { ErrorNote } from "../error-note";
import { PlatformMark } from "../platform-mark";
import { StatusBadge } from "../status-badge";
import { DistillationCurves } from "./distillation-curves";

interface Standing {
  words: string;
  /** 0 to 1; null while it cannot be known. */
  share: number | null;
  secondsLeft: number | null;
}

/** What is being done, how far it is and how long it takes still. */
function standingOf(
  { status, spec }: DistillationJob,
  phase: DistillationPhase,
  { contests, teacher, search }: { contests: readonly Contest[]; teacher: { run: Run; secondsLeft: number | null } | null; search: number },
): Standing {
  const unknown = { share: null, secondsLeft: null };
  if (status === "queued") return { words: "Waiting for its turn", ...unknown };
  switch (phase) {
    case "training_teacher":
      return teacher === null
        ? { words: PHASE_NAMES[phase], ...unknown }
        : { words: PHASE_NAMES[phase], share: shareDone([teacher.run]), secondsLeft: teacher.secondsLeft };
    case "searching":
      return { words: search === 0 ? PHASE_NAMES[phase] : `${PHASE_NAMES[phase]}: ${formatCounted(search, "network")} so far`, ...unknown };
    case "training": {
      const runs = contests.flatMap(({ members }) => members.map(({ run }) => run));
      if (runs.length === 0) return { words: PHASE_NAMES[phase], ...unknown };
      const planned = spec.seeds * spec.platforms.length * (spec.control ? 2 : 1);
      const ended = runs.filter((run) => !isUnderWay(run.status)).length;
      return {
        words: `${PHASE_NAMES[phase]}: ${ended} of ${formatCounted(planned, "run")} ended`,
        share: (shareDone(runs) * runs.length) / Math.max(planned, runs.length),
        secondsLeft: runs.length < planned ? null : secondsLeftTogether(contests),
      };
    }
    case "preparing":
    case "asking_teacher":
    case "comparing":
    case "done":
      return { words: PHASE_NAMES[phase], ...unknown };
  }
}

function Progress({ job, standing }: { job: DistillationJob; standing: Standing }) {
  const { words, share, secondsLeft } = standing;
  const atMost = job.spec.config.early_stopping_patience === null ? "about" : "at most";
  return (
    <div className="flex flex-col gap-1.5" data-testid="distil-progress">
      <div className="flex flex-wrap items-center gap-3">
        <span className="figures" role="status">
          {words}
        </span>
        {secondsLeft === null || secondsLeft <= 0 ? null : (
          <span className="figures text-soft">
            {atMost} {formatTimeLeft(secondsLeft)} left
          </span>
        )}
        <Button className="ml-auto" onClick={() => void cancelDistillation(job.id)} data-testid="distil-cancel">
          Cancel
        </Button>
      </div>
      <ProgressBar label="The distillation" share={share} colour="var(--accent)" />
    </div>
  );
}

interface ContentProps {
  job: DistillationJob;
  snapshot: Live<DistillationSnapshot>;
  contests: readonly Contest[];
  teacher: { run: Run; secondsLeft: number | null } | null;
}

function Content({ job, snapshot, contests, teacher }: ContentProps) {
  switch (snapshot.state) {
    case "loading":
      return <Skeleton label="Loading the distillation" rows={3} />;
    case "failed":
      return <ErrorNote what="The distillation could not be read" error={snapshot.error} onRetry={snapshot.retry} />;
    case "ready": {
      const { phase, search } = snapshot.value;
      return (
        <>
          {isUnderWay(job.status) ? (
            <Progress
              job={job}
              standing={standingOf(job, phase, { contests, teacher, search: search?.candidates.length ?? 0 })}
            />
          ) : null}
          {job.status === "cancelled" ? (
            <p className="text-soft">
              Cancelled while {PHASE_NAMES[phase].toLowerCase()}. Its curves are kept; distil again when you like.
            </p>
          ) : null}
          {snapshot.error === null ? null : (
            <ErrorNote what="The distillation could not be read again" error={snapshot.error} onRetry={snapshot.retry} />
          )}
        </>
      );
    }
  }
}

/** Where a distillation stands, and the curves of what it trains. */
export function DistillationProgress({ job, snapshot }: { job: DistillationJob; snapshot: Live<DistillationSnapshot> }) {
  const runs = useRunsOfJob(job.id);
  const epochs = useEpochsOf(runs);
  const trouble = useDistillationTrouble(job.id);
  const nameOf = useRunNames();
  const contests = useMemo(() => contestsOf(runs, epochs), [runs, epochs]);
  const at = runs.findIndex(({ role }) => role?.kind === "teacher");
  const run = runs[at];
  const teacher = run === undefined ? null : { run, secondsLeft: secondsLeftOf(run, epochs[at] ?? []) };
  const { spec } = job;
  return (
    <>
      <Panel
        testId="DistillationPanel"
        title={
          <span className="flex min-w-0 items-center gap-2">
            {spec.platforms.map((platform) => (
              <PlatformMark key={platform} platform={platform} />
            ))}
            <span className="truncate">Distillation for {spec.target}</span>
          </span>
        }
        aside={<StatusBadge status={job.status} testId="distil-status" />}
      >
        <div className="flex flex-col gap-3 p-3">
          <p className="text-soft break-words">
            Teacher: {teacherInWords(spec.teacher, nameOf)}. Student: {specInWords(spec)}.
          </p>
          {job.error === null ? null : <ErrorNote error={job.error} testId="distil-error" />}
          <Content job={job} snapshot={snapshot} contests={contests} teacher={teacher} />
          {trouble === null ? null : (
            <ErrorNote
              error={trouble}
              onDismiss={() => {
                dismissDistillationTrouble(job.id);
              }}
            />
          )}
        </div>
      </Panel>
      <DistillationCurves contests={contests} />
    </>
  );
}
