/**
 * What the distillation form holds and how it becomes a specification. The
 * student's own settings are a training form's content; what may stand in
 * either is `distillation-schema`'s and `training-schema`'s business.
 */
import { formatPlain } from "@ui/lib/format";
import {
  PLATFORMS,
  type Dataset,
  type DistillationJob,
  type DistillationLoss,
  type DistillationSpec,
  type JobId,
  type Platform,
  type Run,
  type RunId,
  type SweepJob,
  type SyntheticMethod,
  type Task,
  type Teacher,
  type Transfer,
} from "../types";
import { layoutParts, layoutText, listParts } from "./sweep-space";
import { DATA_SETTINGS, formAgain, suggestedTask, toConfig, toNumber, type FormValues } from "./training-form";

export type TeacherKind = "run" | "ensemble" | "sweep" | "train";

/** One platform, or both. */
export type PlatformChoice = Platform | "both";

/** As typed: numbers are text until they are checked. */
export interface DistillationFormValues {
  teacher: TeacherKind;
  run: RunId | null;
  ensemble: RunId[];
  sweep: JobId | null;
  sweepPlatform: "better" | Platform;
  platforms: PlatformChoice;
  classLoss: "hinton" | "decoupled" | "logit_matching";
  numberLoss: "mse" | "teacher_bounded";
  beta: string;
  margin: string;
  temperature: string;
  alpha: string;
  seeds: string;
  control: boolean;
  transfer: Transfer["kind"];
  syntheticRows: string;
  syntheticMethod: SyntheticMethod;
  searches: boolean;
  /** Layouts apart by commas, as a sweep has them: "16, 32, 64-64". */
  shapes: string;
  temperatures: string;
  alphas: string;
  maxBytes: string;
  maxLatency: string;
  maxPointsLost: string;
  compresses: boolean;
  maxCompressionLoss: string;
}

export const FIRST_VALUES: DistillationFormValues = {
  teacher: "run",
  run: null,
  ensemble: [],
  sweep: null,
  sweepPlatform: "better",
  platforms: "pytorch",
  classLoss: "hinton",
  numberLoss: "mse",
  beta: "8",
  margin: "0",
  temperature: "2",
  alpha: "0.9",
  seeds: "3",
  control: true,
  transfer: "none",
  syntheticRows: "10000",
  syntheticMethod: "resample",
  searches: false,
  shapes: "8, 16, 32, 64, 32-32",
  temperatures: "",
  alphas: "",
  maxBytes: "",
  maxLatency: "",
  maxPointsLost: "",
  compresses: false,
  maxCompressionLoss: "1",
};

/** A student to start with: one small layer, trained longer than a large network needs. */
export function studentFormFor(values: FormValues): FormValues {
  return { ...values, hidden_layers: "16", epochs: "60" };
}

/** Runs of a dataset that can teach, newest first. */
export function possibleTeachers(runs: readonly Run[], dataset: Dataset): Run[] {
  return runs.filter((run) => run.dataset.id === dataset.id && run.status === "succeeded" && run.outcome !== null);
}

/** The runs whose outputs the content would have learned; none for one to be trained, or where nothing is chosen yet. */
export function teachersOf(values: DistillationFormValues, teachers: readonly Run[]): Run[] {
  switch (values.teacher) {
    case "run":
      return teachers.filter((run) => run.id === values.run);
    case "ensemble":
      return teachers.filter((run) => values.ensemble.includes(run.id));
    case "sweep":
      return teachers.filter(
        (run) => run.job_id === values.sweep && (values.sweepPlatform === "better" || run.platform === values.sweepPlatform),
      );
    case "train":
      return [];
  }
}

/** Why these runs cannot teach together, as far as can be told here; null where nothing speaks against it. */
export function ensembleTrouble(runs: readonly Run[]): string | null {
  const [first, ...others] = runs;
  if (first === undefined) return null;
  for (const other of others) {
    if (other.target !== first.target) {
      return `${first.name} predicts ${first.target}, ${other.name} predicts ${other.target}; an ensemble predicts one column`;
    }
    if (other.task !== first.task) return `${first.name} and ${other.name} predict ${first.target} as different tasks`;
    const [a, b] = [first.config, other.config];
    const isSameSplit =
      a.test_fraction === b.test_fraction &&
      a.validation_fraction === b.validation_fraction &&
      a.split === b.split &&
      a.split_column === b.split_column &&
      a.drop_duplicates === b.drop_duplicates;
    if (!isSameSplit) {
      return `${first.name} and ${other.name} were trained on different splits, so rows that test one have trained the other`;
    }
  }
  return null;
}

export interface About {
  target: string;
  task: Task | null;
}

/** What the student predicts: what its teacher does. */
export function aboutOf(
  values: DistillationFormValues,
  student: FormValues,
  { teachers, sweep, dataset }: { teachers: readonly Run[]; sweep: SweepJob | undefined; dataset: Dataset },
): About {
  if (values.teacher === "train") {
    return { target: student.target, task: student.task === "auto" ? suggestedTask(dataset, student.target) : student.task };
  }
  const [first] = teachersOf(values, teachers);
  if (first !== undefined) return { target: first.target, task: first.task };
  if (values.teacher === "sweep" && sweep !== undefined) {
    return { target: sweep.spec.target, task: sweep.spec.config.task ?? suggestedTask(dataset, sweep.spec.target) };
  }
  return { target: "", task: null };
}

/** Whether a setting is the teacher's to decide, so that the form does not show it. */
export function isOfTeacher(name: string): boolean {
  return (DATA_SETTINGS as readonly string[]).includes(name);
}

/** The student's content with what decides rows and columns from another content. */
export function withDataOf(other: FormValues, student: FormValues): FormValues {
  return { ...student, ...Object.fromEntries(DATA_SETTINGS.map((name) => [name, other[name]])) };
}

/** The student's content with what its teacher decides put in its place. */
export function withTeachers(
  student: FormValues,
  dataset: Dataset,
  teacher: Pick<Run, "target" | "config"> | SweepJob["spec"] | undefined,
): FormValues {
  if (teacher === undefined) return student;
  return withDataOf(formAgain(dataset, teacher.target, teacher.config), student);
}

export function shapesOf(text: string): string[][] {
  return listParts(text, "layers").map(layoutParts);
}

export function numbersOf(text: string): string[] {
  // A comma parts numbers here, so it cannot be a point too.
  return listParts(text, "real");
}

/** Whether the temperature makes a difference. */
export function usesTemperature(values: Pick<DistillationFormValues, "classLoss">, task: Task | null): boolean {
  return task !== "regression" && values.classLoss !== "logit_matching";
}

function lossOf(values: DistillationFormValues, task: Task | null): DistillationLoss | null {
  if (task === null) return null;
  if (task === "regression") {
    return values.numberLoss === "mse" ? { kind: "mse" } : { kind: "teacher_bounded", margin: toNumber(values.margin) };
  }
  return values.classLoss === "decoupled" ? { kind: "decoupled", beta: toNumber(values.beta) } : { kind: values.classLoss };
}

function teacherOf(values: DistillationFormValues): Teacher {
  switch (values.teacher) {
    case "run":
      return { kind: "runs", run_ids: values.run === null ? [] : [values.run] };
    case "ensemble":
      return { kind: "runs", run_ids: values.ensemble };
    case "sweep":
      return {
        kind: "best_of_sweep",
        job_id: values.sweep ?? "",
        platform: values.sweepPlatform === "better" ? null : values.sweepPlatform,
      };
    case "train":
      return { kind: "train", config: null };
  }
}

function transferOf(values: DistillationFormValues): Transfer {
  return values.transfer === "synthetic"
    ? { kind: "synthetic", rows: toNumber(values.syntheticRows), method: values.syntheticMethod }
    : { kind: values.transfer };
}

export function platformsOf(choice: PlatformChoice): Platform[] {
  return choice === "both" ? [...PLATFORMS] : [choice];
}

function optional(text: string): number | null {
  return text.trim() === "" ? null : toNumber(text);
}

/** A specification from content that both schemas have accepted. */
export function toDistillationSpec(
  values: DistillationFormValues,
  student: FormValues,
  { target, task }: About,
  dataset: Dataset,
): DistillationSpec {
  return {
    dataset: dataset.id,
    target,
    platforms: platformsOf(values.platforms),
    teacher: teacherOf(values),
    config: toConfig(student, dataset),
    loss: lossOf(values, task),
    temperature: toNumber(values.temperature),
    alpha: toNumber(values.alpha),
    seeds: toNumber(values.seeds),
    transfer: transferOf(values),
    control: values.control,
    student_space: values.searches
      ? {
          hidden_layers: shapesOf(values.shapes).map((shape) => shape.map(toNumber)),
          temperature: numbersOf(values.temperatures).map(toNumber),
          alpha: numbersOf(values.alphas).map(toNumber),
        }
      : null,
    budget: values.searches
      ? {
          max_bytes: optional(values.maxBytes),
          max_latency_us: optional(values.maxLatency),
          max_points_lost: optional(values.maxPointsLost),
        }
      : { max_bytes: null, max_latency_us: null, max_points_lost: null },
    ...(values.compresses ? { compression: { max_points_lost: toNumber(values.maxCompressionLoss) } } : {}),
  };
}

/** The same on the other platform; null where it runs on both. */
export function onOtherPlatform({ spec }: DistillationJob): DistillationSpec | null {
  const others = PLATFORMS.filter((platform) => !spec.platforms.includes(platform));
  if (others.length === 0) return null;
  const again: DistillationSpec & { kind?: string } = { ...spec, platforms: others };
  delete again.kind;
  return again;
}

export const LOSS_NAMES: Record<DistillationLoss["kind"], string> = {
  hinton: "Softened probabilities (Hinton)",
  decoupled: "Decoupled",
  logit_matching: "Logit matching",
  mse: "Squared error",
  teacher_bounded: "Teacher-bounded",
};

/** Names stay as they are. */
function withoutCapital(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What was asked for, in one line. */
export function specInWords({ config, temperature, alpha, loss, seeds, transfer }: DistillationSpec): string {
  const hasTemperature = loss === null || loss.kind === "hinton" || loss.kind === "decoupled";
  return [
    layoutText(config.hidden_layers),
    loss === null ? null : withoutCapital(LOSS_NAMES[loss.kind]),
    hasTemperature ? `T ${formatPlain(temperature)}` : null,
    `α ${formatPlain(alpha)}`,
    seeds === 1 ? "1 seed" : `${seeds} seeds`,
    transfer.kind === "unlabelled" ? "rows without target" : null,
    transfer.kind === "synthetic" ? `${transfer.rows} synthetic rows` : null,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

export function teacherInWords(teacher: Teacher, nameOf: (run: RunId) => string | undefined): string {
  switch (teacher.kind) {
    case "runs": {
      const [first] = teacher.run_ids;
      if (teacher.run_ids.length === 1 && first !== undefined) return nameOf(first) ?? "a run no longer here";
      return `Mean of ${teacher.run_ids.length} runs`;
    }
    case "best_of_sweep":
      return "Best of a sweep";
    case "train":
      return "Trained first";
  }
}
