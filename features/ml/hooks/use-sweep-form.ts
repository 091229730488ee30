import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useMemo, useState } from "react";
import { useForm, useWatch, type UseFormReturn } from "react-hook-form";
import { BOUNDS, DEFAULT_CONFIG } from "../api";
import { readPlan, startSweep } from "../orchestrators/sweeps";
import { newRow, presetValues, toSpec, withoutSwept, type PresetName, type SweepFormValues } from "../state/sweep-form";
import { sweepSchema } from "../state/sweep-schema";
import { rowsFrom, SpaceError, type SpaceRow } from "../state/sweep-space";
import { DATA_SETTINGS, formFor, type FormValues } from "../state/training-form";
import { formSchema } from "../state/training-schema";
import { useSweepsStore } from "../state/zustand/sweeps-store";
import { useJobsStore, type Start } from "../state/zustand/jobs-store";
import { isOpenEnded, type Dataset, type Platform, type SweepPlan } from "../types";
import { useRested, type Rested } from "./use-rested";
import { useTrainingForm, type TrainingFormControl } from "./use-training-form";

/** Settings of the training form that the sweep's form shows too; the others can only be changed there. */
const SHARED = new Set<string>([...DATA_SETTINGS, "seed", "class_weighting"]);

export interface SweepFormControl {
  form: UseFormReturn<SweepFormValues>;
  /** What the sweep is about, and what stays the same: the training form's content. */
  about: TrainingFormControl;
  applyPreset: (name: PresetName) => void;
  addRow: (name: SpaceRow["name"]) => void;
  removeRow: (name: SpaceRow["name"]) => void;
  /** Puts a space as JSON into the form; what is wrong with it comes back, null where nothing is. */
  takeJson: (text: string) => string | null;
  /** Checks both contents and starts. Focus goes to the first field that is refused. */
  start: (platform: Platform) => Promise<void>;
  /** Settings on the training side that stand in the way, in words. */
  elsewhere: readonly string[];
}

/** What became of the last press of the button. */
export function useSweepStart(): Start {
  return useSweepsStore((state) => state.start);
}

const sweepRules = sweepSchema(BOUNDS);
const trainingRules = formSchema(BOUNDS);

/** The sweep's form on a dataset. Mount anew for another dataset or another revision. */
export function useSweepForm(dataset: Dataset): SweepFormControl {
  const about = useTrainingForm(dataset);
  const defaults = useMemo(() => formFor(dataset, DEFAULT_CONFIG, null), [dataset]);
  const [elsewhere, setElsewhere] = useState<readonly string[]>([]);
  const form = useForm<SweepFormValues>({
    resolver: zodResolver(sweepRules),
    defaultValues: useSweepsStore.getState().values ?? presetValues("quick", DEFAULT_CONFIG, null),
    mode: "onChange",
  });

  useEffect(
    () =>
      form.subscribe({
        formState: { values: true },
        callback: ({ values }) => {
          useSweepsStore.setState({ values });
        },
      }),
    [form],
  );

  const setRows = (rows: SpaceRow[]) => {
    form.setValue("rows", rows, { shouldValidate: true, shouldDirty: true });
  };

  const start = async (platform: Platform) => {
    setElsewhere([]);
    const values = form.getValues();
    const base = withoutSwept(about.form.getValues(), values.rows, defaults);
    const checked = trainingRules.safeParse(base);
    const issues = checked.success ? [] : checked.error.issues;
    const shared = issues.filter(({ path }) => SHARED.has(String(path[0])));
    shared.forEach(({ path, message }, index) => {
      about.form.setError(path[0] as keyof FormValues, { message }, { shouldFocus: index === 0 });
    });
    setElsewhere(issues.filter((issue) => !shared.includes(issue)).map((issue) => issue.message));
    const isFit = await form.trigger(undefined, { shouldFocus: shared.length === 0 });
    if (isFit && issues.length === 0) await startSweep(toSpec(values, base, dataset, platform));
  };

  return {
    form,
    about,
    applyPreset: (name) => {
      form.reset(presetValues(name, DEFAULT_CONFIG, form.getValues()), { keepDefaultValues: true });
    },
    addRow: (name) => {
      setRows([...form.getValues("rows"), newRow(name, DEFAULT_CONFIG)]);
    },
    removeRow: (name) => {
      setRows(form.getValues("rows").filter((row) => row.name !== name));
    },
    takeJson: (text) => {
      try {
        setRows(rowsFrom(text, DEFAULT_CONFIG));
        return null;
      } catch (caught) {
        if (caught instanceof SpaceError) return caught.message;
        throw caught;
      }
    },
    start,
    elsewhere,
  };
}

/** What the content would come to, asked as it changes. */
export function useSweepPlan({ form, about }: SweepFormControl, dataset: Dataset, platform: Platform): Rested<SweepPlan> {
  const values = useWatch({ control: form.control }) as SweepFormValues;
  const typed = useWatch({ control: about.form.control }) as FormValues;
  const defaults = useMemo(() => formFor(dataset, DEFAULT_CONFIG, null), [dataset]);
  const spec = useMemo(() => {
    const base = withoutSwept(typed, values.rows, defaults);
    const isFit = sweepRules.safeParse(values).success && trainingRules.safeParse(base).success;
    return isFit ? toSpec(values, base, dataset, platform) : null;
  }, [values, typed, defaults, dataset, platform]);
  // Each job that ends tells more of how fast things go here.
  const nEnded = useJobsStore((state) => Object.values(state.known.jobs).filter((job) => !isOpenEnded(job.status)).length);
  return useRested(spec, readPlan, nEnded);
}
