import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useMemo, useState } from "react";
import { useForm, useWatch, type UseFormReturn } from "react-hook-form";
import { BOUNDS, DEFAULT_CONFIG } from "../api";
import { startDistillation } from "../orchestrators/distillations";
import {
  aboutOf,
  FIRST_VALUES,
  isOfTeacher,
  possibleTeachers,
  studentFormFor,
  teachersOf,
  toDistillationSpec,
  withDataOf,
  withTeachers,
  type About,
  type DistillationFormValues,
} from "../state/distillation-form";
import { distillationSchema } from "../state/distillation-schema";
import { endsOf, sizeOf, type Ends, type NetworkSize } from "../state/network-size";
import { formFor, layersOf, learntFrom, toConfig, toNumber, type FormValues } from "../state/training-form";
import { formSchema } from "../state/training-schema";
import { useDistillationsStore } from "../state/zustand/distillations-store";
import { useFormStore } from "../state/zustand/form-store";
import { useJobsStore } from "../state/zustand/jobs-store";
import { isSweep, type Dataset, type Run, type SweepJob, type TrainingConfig } from "../types";
import { changerOf, type TrainingFormControl } from "./use-training-form";

const rules = distillationSchema(BOUNDS);
const studentRules = formSchema(BOUNDS);

export interface DistillationFormControl {
  form: UseFormReturn<DistillationFormValues>;
  /** The student's settings, and for a teacher that is trained first what it learns. */
  student: Pick<TrainingFormControl, "form" | "changeTarget">;
  /** Runs that can teach, newest first. */
  teachers: readonly Run[];
  /** Sweeps of the dataset that have ended, newest first. */
  sweeps: readonly SweepJob[];
  /** Checks both contents and starts. Focus goes to the first field that is refused. */
  start: () => Promise<void>;
  /** What the teacher's split forbids, in words. */
  elsewhere: readonly string[];
}

function newestFirst(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

function useTeachers(dataset: Dataset): { teachers: readonly Run[]; sweeps: readonly SweepJob[] } {
  const runs = useJobsStore((state) => state.known.runs);
  const jobs = useJobsStore((state) => state.known.jobs);
  const teachers = useMemo(() => possibleTeachers(Object.values(runs), dataset).sort(newestFirst), [runs, dataset]);
  const sweeps = useMemo(
    () =>
      Object.values(jobs)
        .filter(isSweep)
        .filter(({ spec, status }) => spec.dataset === dataset.id && status === "succeeded")
        .sort(newestFirst),
    [jobs, dataset],
  );
  return { teachers, sweeps };
}

/** Content to start with: what was there when the dataset was last shown, else the largest network there is as teacher. */
function contentFor(dataset: Dataset, teachers: readonly Run[]): { values: DistillationFormValues; student: FormValues } {
  const { values, student, dataset: about } = useDistillationsStore.getState();
  if (values !== null && student !== null && about === dataset.id) return { values, student };
  const largest = [...teachers]
    .filter((run) => run.role?.kind !== "student" && run.role?.kind !== "control")
    .sort((a, b) => (b.outcome?.parameter_count ?? 0) - (a.outcome?.parameter_count ?? 0))[0];
  const settings = student ?? studentFormFor(formFor(dataset, DEFAULT_CONFIG, null));
  const fresh = formFor(dataset, DEFAULT_CONFIG, settings);
  const training = useFormStore.getState();
  return {
    values: {
      ...(values ?? FIRST_VALUES),
      teacher: largest === undefined ? "train" : "run",
      run: largest?.id ?? null,
      ensemble: [],
      sweep: null,
      transfer: "none",
    },
    // A teacher that is trained first learns what the training form says of this dataset.
    student: training.values !== null && training.dataset === dataset.id ? withDataOf(training.values, fresh) : fresh,
  };
}

/** The distillation form of a dataset. Mount anew for another dataset or another revision. */
export function useDistillationForm(dataset: Dataset): DistillationFormControl {
  const { teachers, sweeps } = useTeachers(dataset);
  const [content] = useState(() => contentFor(dataset, teachers));
  const [elsewhere, setElsewhere] = useState<readonly string[]>([]);
  const form = useForm<DistillationFormValues>({ resolver: zodResolver(rules), defaultValues: content.values, mode: "onChange" });
  const student = useForm<FormValues>({ resolver: zodResolver(studentRules), defaultValues: content.student, mode: "onChange" });

  useEffect(() => {
    const stops = [
      form.subscribe({
        formState: { values: true },
        callback: ({ values }) => {
          useDistillationsStore.setState({ values, student: student.getValues(), dataset: dataset.id });
        },
      }),
      student.subscribe({
        formState: { values: true },
        callback: ({ values }) => {
          useDistillationsStore.setState({ values: form.getValues(), student: values, dataset: dataset.id });
        },
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [form, student, dataset.id]);

  const start = async () => {
    setElsewhere([]);
    const values = form.getValues();
    const sweep = sweeps.find(({ id }) => id === values.sweep);
    const [teacher] = teachersOf(values, teachers);
    const typed = withTeachers(student.getValues(), dataset, values.teacher === "train" ? undefined : (teacher ?? sweep?.spec));
    const checked = studentRules.safeParse(typed);
    const issues = checked.success ? [] : checked.error.issues;
    const isFit = await form.trigger(undefined, { shouldFocus: true });
    issues.forEach(({ path, message }, index) => {
      student.setError(path[0] as keyof FormValues, { message }, { shouldFocus: isFit && index === 0 });
    });
    setElsewhere(issues.filter(({ path }) => values.teacher !== "train" && isOfTeacher(String(path[0]))).map(({ message }) => message));
    if (!isFit || issues.length > 0) return;
    await startDistillation(toDistillationSpec(values, typed, aboutOf(values, student.getValues(), { teachers, sweep, dataset }), dataset));
  };

  return {
    form,
    student: { form: student, changeTarget: changerOf(student, dataset) },
    teachers,
    sweeps,
    start,
    elsewhere,
  };
}

/** What the student predicts, as the content stands. */
export function useAbout({ form, student, teachers, sweeps }: DistillationFormControl, dataset: Dataset): About {
  const values = useWatch({ control: form.control }) as DistillationFormValues;
  const typed = useWatch({ control: student.form.control }) as FormValues;
  return aboutOf(values, typed, { teachers, sweep: sweeps.find(({ id }) => id === values.sweep), dataset });
}

export interface StudentSize {
  /** Null where features and classes are not known before the data is prepared, or the layers are refused. */
  size: NetworkSize | null;
  /** Of all teachers together; null where it is trained first. */
  teacher: number | null;
}

/** Features and outputs of the table as some run of the same columns tells them. */
function endsFrom(runs: readonly Run[], dataset: Dataset, target: string, config: TrainingConfig): Ends | null {
  const columnsOf = (of: TrainingConfig) => JSON.stringify(learntFrom(dataset, target, of).sort());
  const wanted = columnsOf(config);
  for (const run of runs) {
    if (run.target !== target || columnsOf(run.config) !== wanted) continue;
    const ends = endsOf(run);
    if (ends !== null) return ends;
  }
  return null;
}

/** How large the student would be, as one types. */
export function useStudentSize({ form, student, teachers }: DistillationFormControl, dataset: Dataset): StudentSize {
  const values = useWatch({ control: form.control }) as DistillationFormValues;
  const typed = useWatch({ control: student.form.control }) as FormValues;
  return useMemo(() => {
    const chosen = teachersOf(values, teachers);
    const config = toConfig(typed, dataset);
    const ends =
      chosen.map(endsOf).find((one) => one !== null) ??
      (values.teacher === "train" ? endsFrom(teachers, dataset, typed.target, config) : null);
    const layers = layersOf(typed.hidden_layers).map(toNumber);
    const isFit = layers.every((units) => Number.isInteger(units) && units > 0);
    const total = chosen.reduce((sum, run) => sum + (run.outcome?.parameter_count ?? 0), 0);
    return {
      size: ends === null || !isFit ? null : sizeOf({ hidden_layers: layers, batch_norm: typed.batch_norm }, ends),
      // A sweep's better platform is not known here, so the size of either is not the teacher's.
      teacher: total > 0 && !(values.teacher === "sweep" && chosen.length > 1) ? total : null,
    };
  }, [values, typed, teachers, dataset]);
}
