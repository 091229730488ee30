/** What columns are for: as the form says where it has been touched, else as the dataset does. Pure. */
import type { ColumnRole, Dataset } from "../types";
import { defaultFeatures, defaultTarget, type FormValues } from "./training-form";

export type RoleName = ColumnRole["role"];

type About = Pick<FormValues, "target" | "features">;

/** A column's role in the next run. `form` is null where nothing was changed in it. */
export function roleOf(dataset: Dataset, name: string, form: About | null): ColumnRole {
  const target = form?.target ?? defaultTarget(dataset);
  if (name === target) return { role: "target" };
  const because = dataset.columns.find((column) => column.name === name)?.excluded_because ?? null;
  const isFeature = form === null ? because === null : form.features.includes(name);
  return isFeature ? { role: "feature" } : { role: "excluded", because: because ?? "not ticked in the form" };
}

/** The form's content after a column was given a role; `dataset` as it is since. */
export function formWithRole<Values extends About>(values: Values, dataset: Dataset, name: string, role: RoleName): Values {
  const features = new Set(values.features);
  if (role === "target") {
    const fit = defaultFeatures(dataset, name);
    if (values.target !== name && fit.includes(values.target)) features.add(values.target);
    features.delete(name);
    return { ...values, target: name, features: [...features] };
  }
  // A target that is one no more leaves the place to the column that suggests itself.
  const target = values.target === name ? defaultTarget(dataset) : values.target;
  if (role === "feature" && target !== name) features.add(name);
  else features.delete(name);
  features.delete(target);
  return { ...values, target, features: [...features] };
}

/** The form's content after a column became of another kind: what cannot be learnt from is left out. */
export function formWithKind<Values extends About>(values: Values, dataset: Dataset, name: string): Values {
  if (values.target === name) return values;
  const isFit = dataset.columns.some((column) => column.name === name && column.excluded_because === null);
  return formWithRole(values, dataset, name, isFit ? "feature" : "excluded");
}
