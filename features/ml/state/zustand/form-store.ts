/**
 * The training form's content, shared by both pages so that what was set on one
 * holds on the other, and kept while the form is not on screen.
 */
import { create } from "zustand";
import type { DatasetId } from "../../types";
import type { FormValues } from "../training-form";

interface FormState {
  values: FormValues | null;
  /** The dataset that target and features belong to. */
  dataset: DatasetId | null;
  /** Counts the times that the content was replaced from outside the form. */
  revision: number;
}

export const useFormStore = create<FormState>()(() => ({ values: null, dataset: null, revision: 0 }));
