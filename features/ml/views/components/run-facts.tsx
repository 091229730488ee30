import type { ReactNode } from "react";
import { formatBytes, formatCount, formatMicros, formatMicrosPair, formatPlain, formatSeconds, MISSING } from "@ui/lib/format";
import { TASK_NAMES, type InferenceSpeed, type Run, type SplitKind, type Task, type TrainingConfig } from "../../types";

/** Size of the platform's own model file, or of the weights where there is none. */
export function artifactBytes({ outcome }: Run): number | null {
  const artifacts = outcome?.artifacts ?? [];
  const own = artifacts.find(({ kind }) => kind === "torchscript" || kind === "saved_model");
  return (own ?? artifacts.find(({ kind }) => kind === "weights"))?.bytes ?? null;
}

/** The settings that matter most, in one line: network, optimizer, rate, batch, and what is unusual. */
export function keyParameters(config: TrainingConfig): string {
  const layers = config.hidden_layers.length === 0 ? "linear" : config.hidden_layers.join("-");
  return [
    config.hidden_layers.length === 0 ? layers : `${layers} ${config.activation}`,
    config.optimizer,
    `lr ${formatPlain(config.learning_rate)}${config.lr_schedule === "constant" ? "" : ` ${config.lr_schedule.replace("_", "-")}`}`,
    `batch ${formatCount(config.batch_size)}`,
    (config.dropout ?? 0) > 0 ? `dropout ${formatPlain(config.dropout)}` : null,
    config.batch_norm ? "batch norm" : null,
    (config.weight_decay ?? 0) > 0 ? `weight decay ${formatPlain(config.weight_decay)}` : null,
    config.class_weighting === "balanced" ? "balanced classes" : null,
    `seed ${config.seed}`,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

/** How the rows were split: "at random, each class with its share", "by time of day". */
export function splitInWords({ split, split_column, drop_duplicates }: TrainingConfig, task: Task | null): string {
  const column = split_column ?? "";
  const words: Record<SplitKind, string> = {
    random: task === "classification" ? "at random, each class with its share" : "at random",
    by_time: `by time of ${column}`,
    by_group: `by group of ${column}`,
    by_column: `as ${column} says`,
  };
  return `${words[split]}${drop_duplicates ? ", without rows that repeat another" : ""}`;
}

/** Median and 95th percentile of a call with so many rows: "14.3 / 25.9 µs". */
export function spanInMicros(run: Run | null, rows: number): string {
  const batch = run?.speed?.batches.find((one) => one.rows === rows);
  return batch === undefined ? MISSING : formatMicrosPair(batch.p50_micros, batch.p95_micros);
}

function epochsOf({ outcome, config, epoch }: Run): string {
  if (outcome === null) return `${formatCount(epoch)} of ${formatCount(config.epochs)}`;
  const all = `${formatCount(outcome.epochs_run)} of ${formatCount(config.epochs)}`;
  return outcome.best_epoch === outcome.epochs_run ? all : `${all}, best was ${formatCount(outcome.best_epoch)}`;
}

interface FactProps {
  name: string;
  children: ReactNode;
  testId: string;
  wide?: boolean;
}

function Fact({ name, children, testId, wide = false }: FactProps) {
  return (
    <div className={wide ? "col-span-2 min-w-0" : "min-w-0"}>
      <dt className="text-sm text-faint">{name}</dt>
      <dd data-testid={testId} className="figures break-words">
        {children}
      </dd>
    </div>
  );
}

/** How fast the network answers, and whether that can be trusted. */
function SpeedFacts({ run, speed }: { run: Run; speed: InferenceSpeed }) {
  const many = speed.batches.find(({ rows }) => rows === 1024);
  return (
    <>
      <Fact name="1 row, p50 / p95" testId="run-latency">
        {spanInMicros(run, 1)}
      </Fact>
      <Fact name="Rows a second, 1,024 at once" testId="run-throughput">
        {formatCount(many?.rows_per_second)}
      </Fact>
      <Fact name="Loads in" testId="run-load">
        {formatMicros(speed.load_millis === null ? null : speed.load_millis * 1000)}
      </Fact>
      {speed.is_reliable ? null : (
        <Fact name="Speed" testId="run-speed-doubt" wide>
          Measured while other work kept the machine busy: do not trust it, measure again.
        </Fact>
      )}
    </>
  );
}

/** What a run was about and what it took. */
export function RunFacts({ run }: { run: Run }) {
  const { split, task, outcome } = run;
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-2 wide:grid-cols-3">
      <Fact name="Dataset" testId="run-dataset">
        {run.dataset.name}
      </Fact>
      <Fact name="Task" testId="run-task">
        {task === null ? "" : `${TASK_NAMES[task]} of `}
        {run.target}
      </Fact>
      <Fact name="Train / validation / test" testId="run-split">
        {split === null
          ? "–"
          : `${formatCount(split.train)} / ${formatCount(split.validation)} / ${formatCount(split.test)}`}
      </Fact>
      <Fact name="Split" testId="run-split-rule">
        {splitInWords(run.config, task)}
      </Fact>
      <Fact name="Epochs" testId="run-epochs">
        {epochsOf(run)}
      </Fact>
      {outcome === null ? null : (
        <>
          <Fact name="Training time" testId="run-seconds">
            {formatSeconds(outcome.train_seconds)}
          </Fact>
          <Fact name="Model size" testId="run-bytes">
            {formatBytes(artifactBytes(run))}
          </Fact>
          <Fact name="Parameters" testId="run-parameters">
            {formatCount(outcome.parameter_count)}
          </Fact>
          {run.speed === null || run.speed === undefined ? null : <SpeedFacts run={run} speed={run.speed} />}
        </>
      )}
      <Fact name="Settings" testId="run-params" wide>
        {keyParameters(run.config)}
      </Fact>
    </dl>
  );
}
