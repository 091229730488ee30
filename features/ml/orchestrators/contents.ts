/** The content of forms, for whoever reads or changes it from outside the form. */
import * as api from "../api";
import { formFor, type FormValues } from "../state/training-form";
import { useDistillationsStore } from "../state/zustand/distillations-store";
import { useFormStore } from "../state/zustand/form-store";
import type { Dataset } from "../types";

/** The training form's content on a dataset: what was there when it was last shown, else fresh with the settings kept. */
export function contentOn(dataset: Dataset): FormValues {
  const { values, dataset: about } = useFormStore.getState();
  return values !== null && about === dataset.id ? values : formFor(dataset, api.DEFAULT_CONFIG, values);
}

/** Changes the training form's content, and the student's where that is about the dataset too; forms on screen follow. */
export function changeContents(dataset: Dataset, change: (values: FormValues) => FormValues): void {
  const values = change(contentOn(dataset));
  useFormStore.setState(({ revision }) => ({ values, dataset: dataset.id, revision: revision + 1 }));
  useDistillationsStore.setState(({ student, dataset: about, revision }) => ({
    student: student !== null && about === dataset.id ? change(student) : student,
    revision: revision + 1,
  }));
}
