import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useMemo } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { BOUNDS } from "../api";
import { contentOn } from "../orchestrators/contents";
import { startTraining } from "../orchestrators/runs";
import { defaultFeatures, toConfig, type FormValues } from "../state/training-form";
import { formSchema } from "../state/training-schema";
import { useFormStore } from "../state/zustand/form-store";
import type { Dataset, Platform } from "../types";

export interface TrainingFormControl {
  form: UseFormReturn<FormValues>;
  /** Checks the content and starts a run on each platform. */
  train: (platforms: Platform[]) => Promise<void>;
  /** Another column to predict; the old one becomes one to learn from, where it is fit. */
  changeTarget: (target: string) => void;
}

/** Changes the column to predict. */
export function changerOf(form: UseFormReturn<FormValues>, dataset: Dataset): (target: string) => void {
  return (target) => {
    const before = form.getValues("target");
    const ticked = new Set(form.getValues("features"));
    if (defaultFeatures(dataset, target).includes(before)) ticked.add(before);
    ticked.delete(target);
    form.setValue("target", target, { shouldValidate: true, shouldDirty: true });
    form.setValue("features", [...ticked], { shouldValidate: true, shouldDirty: true });
    // The target cannot be what rows are split by.
    if (form.getValues("split_column") !== "") void form.trigger("split_column");
  };
}

/** The training form of a dataset. Mount anew for another dataset or another revision. */
export function useTrainingForm(dataset: Dataset): TrainingFormControl {
  const schema = useMemo(() => formSchema(BOUNDS), []);
  const form = useForm<FormValues>({
    resolver: zodResolver(schema),
    defaultValues: contentOn(dataset),
    mode: "onChange",
  });

  useEffect(
    () =>
      form.subscribe({
        formState: { values: true },
        callback: ({ values }) => {
          useFormStore.setState({ values, dataset: dataset.id });
        },
      }),
    [form, dataset.id],
  );

  const train = (platforms: Platform[]) =>
    form.handleSubmit((values) =>
      startTraining({ dataset: dataset.id, target: values.target, platforms, config: toConfig(values, dataset) }),
    )();

  return { form, train, changeTarget: changerOf(form, dataset) };
}
