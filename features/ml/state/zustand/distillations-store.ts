/** The distillation form's content and which distillation is shown. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError, DatasetId, JobId } from "../../types";
import type { DistillationFormValues } from "../distillation-form";
import type { FormValues } from "../training-form";
import type { Start } from "./jobs-store";

interface DistillationsState {
  /** Kept while the form is not on screen. */
  values: DistillationFormValues | null;
  /** The student's own settings. */
  student: FormValues | null;
  /** The dataset that teacher, target and features belong to. */
  dataset: DatasetId | null;
  /** Counts the times that the content was replaced from outside the form. */
  revision: number;
  start: Start;
  /** The distillation opened on a dataset; without one the newest shows. */
  opened: Partial<Record<DatasetId, JobId>>;
  /** Trouble with doing something to a distillation, where it is shown. */
  troubles: Partial<Record<JobId, AppError>>;
}

export const useDistillationsStore = create<DistillationsState>()(() => ({
  values: null,
  student: null,
  dataset: null,
  revision: 0,
  start: { state: "idle" },
  opened: {},
  troubles: {},
}));

export function setDistillationTrouble(id: JobId, error: AppError | null): void {
  useDistillationsStore.setState(({ troubles }) => ({ troubles: { ...troubles, [id]: error ?? undefined } }));
}
