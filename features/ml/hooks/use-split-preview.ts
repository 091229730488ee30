import { useMemo } from "react";
import { useWatch, type Control } from "react-hook-form";
import { BOUNDS } from "../api";
import { readSplit } from "../orchestrators/profiles";
import { isOfSplit, previewSpec } from "../state/split-preview";
import type { FormValues } from "../state/training-form";
import { formSchema } from "../state/training-schema";
import type { Dataset, SplitPreview } from "../types";
import { useRested, type Rested } from "./use-rested";

const rules = formSchema(BOUNDS);

/** What the form's split would come to, asked as it changes. */
export function useSplitPreview(control: Control<FormValues>, dataset: Dataset): Rested<SplitPreview> {
  const values = useWatch({ control }) as FormValues;
  const question = useMemo(() => {
    const checked = rules.safeParse(values);
    const isRefused = !checked.success && checked.error.issues.some(({ path: [field] }) => isOfSplit(String(field)));
    return isRefused ? null : previewSpec(values, dataset);
  }, [values, dataset]);
  return useRested(question, readSplit);
}
