/** A distillation's figures in words: how much better or worse, of what size, how alike. Pure. */
import { formatBytes, formatCount, formatFixed, formatMicros, formatSeconds, formatSignificant, MISSING } from "@ui/lib/format";
import {
  METRIC_NAMES,
  METRICS_OF_TASK,
  PLATFORM_LOOKS,
  type CompressedStudent,
  type DistillationResult,
  type DistillationVerdict,
  type DistillationWarning,
  type InferenceSpeed,
  type Interval,
  type Metric,
  type NetworkFigures,
  type SeedFigure,
  type StudentComparison,
} from "../types";
import { layoutText } from "./sweep-space";
import { isHigherBetter } from "./trial-charts";

export type Tone = "better" | "worse" | "neutral";

export const TONE_MARKS: Record<Tone, string> = { better: "▲", worse: "▼", neutral: "·" };

/** Mark and words of each answer; told apart without hue. */
export const VERDICTS: Record<DistillationVerdict, { mark: string; name: string; tone: Tone }> = {
  pays: { mark: "▲", name: "Distillation pays", tone: "better" },
  no_clear_difference: { mark: "≈", name: "No clear difference", tone: "neutral" },
  costs: { mark: "▼", name: "Distillation costs", tone: "worse" },
  unknown: { mark: "?", name: "Cannot be told", tone: "neutral" },
};

function isShare(metric: Metric): boolean {
  return metric === "accuracy" || metric === "macro_f1" || metric === "roc_auc";
}

/** Decimals that a spread supports: one digit of it, two where it begins with 1. */
function decimalsOf(spread: number): number {
  const magnitude = Math.floor(Math.log10(spread));
  const leading = Math.floor(spread / 10 ** magnitude);
  return Math.min(9, Math.max(0, (leading === 1 ? 1 : 0) - magnitude));
}

/** Mean ± sample standard deviation, as far as the spread supports it: 0.942 ± 0.007. */
export function spreadText(figure: SeedFigure | null | undefined, { scale = 1, fewest = 0 } = {}): string {
  if (figure === null || figure === undefined || figure.mean === null) return MISSING;
  const mean = figure.mean * scale;
  const sd = figure.sd === null ? null : figure.sd * scale;
  if (sd === null) return fewest > 0 ? formatFixed(mean, Math.max(fewest, 1)) : formatSignificant(mean, 4);
  if (sd === 0) return `${fewest > 0 ? formatFixed(mean, fewest) : formatSignificant(mean, 4)} ± 0`;
  const digits = Math.max(fewest, decimalsOf(sd));
  return `${formatFixed(mean, digits)} ± ${formatFixed(sd, digits)}`;
}

/** A metric over the seeds; shares and the like to three places at least. */
export function metricText(metric: Metric, figure: SeedFigure | null | undefined): string {
  const isRatio = isShare(metric) || metric === "r2" || metric === "log_loss";
  return spreadText(figure, { fewest: isRatio ? 3 : 0 });
}

/** "points" for shares of rows; else the metric's name, since its unit is the target's. */
function unitOf(metric: Metric): { scale: number; name: string; fewest: number } {
  return isShare(metric) ? { scale: 100, name: "points", fewest: 1 } : { scale: 1, name: `in ${METRIC_NAMES[metric]}`, fewest: 0 };
}

export function toneOf(metric: Metric, change: number | null): Tone {
  if (change === null || change === 0) return "neutral";
  return change > 0 === isHigherBetter(metric) ? "better" : "worse";
}

/** "2.1 ± 0.4 points worse": a difference in the metric's own direction, its sign spelled out. */
export function changeText(metric: Metric, change: SeedFigure | null): string {
  if (change === null || change.mean === null) return MISSING;
  const { scale, name, fewest } = unitOf(metric);
  const tone = toneOf(metric, change.mean);
  const size = spreadText({ ...change, mean: Math.abs(change.mean) }, { scale, fewest });
  if (tone !== "neutral") return `${size} ${name} ${tone}`;
  return change.sd !== null && change.sd > 0 ? `${size} ${name}, on average neither better nor worse` : "no change";
}

/** A gain turned so that above 0 is better, without its sign. */
function gainSide(metric: Metric, value: number): string {
  const { scale, name, fewest } = unitOf(metric);
  const size = Math.abs(value) * scale;
  const text = fewest > 0 ? formatFixed(size, fewest) : formatSignificant(size, 2);
  return `${text} ${name} ${value < 0 ? "worse" : "better"}`;
}

/** "1.4 points better; with 95 % confidence from 0.9 points better to 1.9 points better" */
export function gainText(metric: Metric, { estimate, low, high }: Interval): string {
  if (estimate === null) return MISSING;
  const range = low === null || high === null ? "" : `; with 95 % confidence from ${gainSide(metric, low)} to ${gainSide(metric, high)}`;
  return `${gainSide(metric, estimate)}${range}`;
}

/** "95.6 % smaller, 1/23 of the size" */
export function reductionText(percent: number | null, ratio: number | null): string {
  if (percent === null) return MISSING;
  if (percent < 0) return `${formatFixed(-percent, 1)} % larger`;
  const digits = percent > 99 ? 2 : 1;
  const times = ratio !== null && ratio >= 1.95 ? `, 1/${formatCount(Math.round(ratio))} of the size` : "";
  return percent === 0 ? "as large" : `${formatFixed(percent, digits)} % smaller${times}`;
}

/** "3.2 × as fast", "1.3 × slower" */
export function speedText(times: number | null): string {
  if (times === null || times <= 0) return MISSING;
  return times >= 1 ? `${formatSignificant(times, 2)} × as fast` : `${formatSignificant(1 / times, 2)} × slower`;
}

export interface DeltaLine {
  key: string;
  name: string;
  text: string;
  tone: Tone;
  /** More, in small. */
  note?: string;
}

/** One seed spreads over nothing; so many do. */
function seedsInWords(count: number): string {
  return count === 1 ? "1 seed" : `${formatCount(count)} seeds`;
}

const FORMAT_NAMES = { float16: "The student in 16 bits a weight", int8: "The student in 8 bits a weight" } as const;

/** What fewer bits save and cost, against the student of the first seed in single precision. */
function compressedLine({ format, weights_bytes, metric_change, is_refused }: CompressedStudent, metric: Metric): DeltaLine {
  const change = metric_change ?? null;
  const cost = change === null ? MISSING : changeText(metric, { mean: change, sd: null, by_seed: [change] });
  return {
    key: format,
    name: FORMAT_NAMES[format],
    text: `${formatBytes(weights_bytes)} as a file, ${cost === "no change" ? `${METRIC_NAMES[metric]} unchanged` : cost}`,
    tone: is_refused ? "worse" : toneOf(metric, change),
    note: is_refused
      ? "refused: on validation rows it loses more than was allowed; its file was not kept"
      : "against the first seed’s student, with whose files it lies; it computes in 32 bits again, so it is as fast",
  };
}

/** What distilling changed, line by line. What was not measured is a dash. */
export function deltaLines({ delta, control, student, compressed }: StudentComparison, metric: Metric): DeltaLine[] {
  const { agreement } = delta;
  const gain = delta.gain_over_control;
  const isClear = gain !== null && gain.low !== null && gain.high !== null && (gain.low > 0 || gain.high < 0);
  const alike = agreement.same_percent?.mean ?? null;
  const lines: DeltaLine[] = [
    {
      key: "size",
      name: "Size against the teacher",
      text: reductionText(delta.size_reduction_percent, delta.size_ratio),
      tone: (delta.size_reduction_percent ?? 0) > 0 ? "better" : (delta.size_reduction_percent ?? 0) < 0 ? "worse" : "neutral",
    },
    {
      key: "metric",
      name: `${METRIC_NAMES[metric]} against the teacher`,
      text: changeText(metric, delta.metric_change),
      tone: toneOf(metric, delta.metric_change.mean),
    },
    {
      key: "control",
      name: `${METRIC_NAMES[metric]} of the control against the teacher`,
      text: changeText(metric, delta.control_change),
      tone: toneOf(metric, delta.control_change?.mean ?? null),
      note: control === null ? "no control was trained" : undefined,
    },
    {
      key: "gain",
      name: "What the teacher was worth over the control",
      text: gain === null ? MISSING : gainText(metric, gain),
      // Within its interval of 0 it is neither.
      tone: !isClear || gain.estimate === null ? "neutral" : gain.estimate > 0 ? "better" : "worse",
      note:
        gain === null
          ? control === null
            ? "no control was trained"
            : "takes at least two seeds"
          : `paired over ${seedsInWords(delta.gains_by_seed.length)}`,
    },
    {
      key: "speed",
      name: "Inference speed, 1 row",
      text: speedText(delta.speedup_batch1),
      tone: delta.speedup_batch1 === null ? "neutral" : delta.speedup_batch1 >= 1 ? "better" : "worse",
      note: delta.speedup_batch1 === null ? "not measured" : isDoubtful(student.speed) ? "measured on a busy machine" : undefined,
    },
  ];
  if (agreement.same_percent !== null) {
    lines.push({ key: "same", name: "Same predictions as the teacher", text: alike === null ? MISSING : `${spreadText(agreement.same_percent, { fewest: 1 })} %`, tone: "neutral" });
  }
  if (agreement.mean_kl !== null) {
    lines.push({ key: "kl", name: "Divergence from the teacher (KL)", text: `${spreadText(agreement.mean_kl)} nats`, tone: "neutral" });
  }
  if (agreement.rms_difference !== null) {
    lines.push({ key: "rms", name: "Distance from the teacher’s predictions (RMS)", text: spreadText(agreement.rms_difference), tone: "neutral" });
  }
  return [...lines, ...(compressed ?? []).map((one) => compressedLine(one, metric))];
}

function isDoubtful(speed: InferenceSpeed | null | undefined): boolean {
  return speed !== null && speed !== undefined && !speed.is_reliable;
}

/** Median of a call with one row. */
export function latencyText({ speed }: NetworkFigures): string {
  const one = speed?.batches.find(({ rows }) => rows === 1);
  return one === undefined ? MISSING : `${formatMicros(one.p50_micros)}${isDoubtful(speed) ? " (busy machine)" : ""}`;
}

export interface FigureLine {
  key: string;
  name: string;
  text: (network: NetworkFigures) => string;
}

export interface FigureGroup {
  title: string;
  lines: FigureLine[];
}

/** What stands side by side for teacher, control and student. */
export function figureGroups(result: DistillationResult): FigureGroup[] {
  const metrics = METRICS_OF_TASK[result.labels === null ? "regression" : "classification"];
  const part = (title: string, key: "test" | "validation"): FigureGroup => ({
    title,
    lines: metrics.map((metric) => ({
      key: `${key}-${metric}`,
      name: METRIC_NAMES[metric],
      text: (network) => metricText(metric, network[key][metric]),
    })),
  });
  const all = [result.teacher, ...result.students.flatMap(({ student, control }) => [student, ...(control === null ? [] : [control])])];
  const isValidated = all.some(({ validation }) => Object.keys(validation).length > 0);
  return [
    part("On test rows", "test"),
    ...(isValidated ? [part("On validation rows", "validation")] : []),
    {
      title: "What it takes",
      lines: [
        { key: "layers", name: "Hidden layers", text: ({ hidden_layers }) => layoutText(hidden_layers) },
        { key: "parameters", name: "Parameters", text: ({ parameter_count }) => formatCount(parameter_count) },
        { key: "weights", name: "Weights", text: ({ weights_bytes }) => formatBytes(weights_bytes) },
        { key: "bytes", name: "Model file", text: ({ artifact_bytes }) => formatBytes(artifact_bytes) },
        { key: "latency", name: "1 row, median", text: latencyText },
        { key: "seconds", name: "Training time", text: ({ train_seconds }) => formatSeconds(train_seconds) },
      ],
    },
  ];
}

export function warningText(warning: DistillationWarning): string {
  switch (warning.kind) {
    case "student_not_smaller":
      return `The student has ${formatCount(warning.student)} parameters, its teacher ${formatCount(warning.teacher)}: nothing is saved. Give it fewer units.`;
    case "one_seed":
      return "With one seed no interval can be given, so there is no telling whether the teacher helped. Use at least 3 seeds.";
    case "some_diverged":
      return `${formatCount(warning.count)} of the networks on ${PLATFORM_LOOKS[warning.platform].name} diverged and are left out. Lower the learning rate.`;
  }
}

/** The student's run to keep: the best on validation rows, else the first; never chosen by test rows. */
export function runToKeep({ student }: StudentComparison, metric: Metric): string | null {
  const values = student.validation[metric]?.by_seed ?? [];
  let best = 0;
  values.forEach((value, index) => {
    const than = values[best] ?? null;
    if (value !== null && (than === null || (isHigherBetter(metric) ? value > than : value < than))) best = index;
  });
  return student.run_ids[best] ?? student.run_ids[0] ?? null;
}
