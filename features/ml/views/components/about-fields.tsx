import { useMemo } from "react";
import { useWatch } from "react-hook-form";
import { Combobox } from "@ui/components/primitives/combobox";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { Field } from "@ui/components/primitives/field";
import type { TrainingFormControl } from "../../hooks/use-training-form";
import { splitColumnOf, suggestedTask } from "../../state/training-form";
import { TASK_NAMES, type Dataset } from "../../types";
import { FeatureList } from "./feature-list";
import { ChoiceSetting, FeaturesError } from "./setting-fields";

/** What to predict, and from which columns: the same whether one network is trained or hundreds. */
export function AboutFields({ dataset, about }: { dataset: Dataset; about: Pick<TrainingFormControl, "form" | "changeTarget"> }) {
  const { form, changeTarget } = about;
  const { control } = form;
  const target = useWatch({ control, name: "target" });
  const [features, split, split_column] = useWatch({ control, name: ["features", "split", "split_column"] });
  const suggested = suggestedTask(dataset, target);
  const targets = useMemo(
    () => dataset.columns.map((column) => ({ value: column.name, label: column.name, detail: column.kind })),
    [dataset],
  );
  const splitColumn = splitColumnOf({ split, split_column });
  const candidates = useMemo(
    () =>
      dataset.columns
        .filter((column) => column.name !== target)
        .map((column) =>
          column.name === splitColumn && column.excluded_because === null
            ? { ...column, excluded_because: "rows are split by it" }
            : column,
        ),
    [dataset, target, splitColumn],
  );
  return (
    <>
      <div className="flex flex-col gap-2 p-3">
        <Field label="Predict" error={form.formState.errors.target?.message}>
          {({ id, describedBy, invalid }) => (
            <Combobox
              id={id}
              describedBy={describedBy}
              invalid={invalid}
              options={targets}
              value={target === "" ? null : target}
              onChange={changeTarget}
              placeholder="Choose a column"
              empty="No column matches"
              testId="target-select"
            />
          )}
        </Field>
        <ChoiceSetting
          control={control}
          name="task"
          label="Task"
          options={[
            { value: "auto", label: suggested === null ? "Auto" : `Auto: ${TASK_NAMES[suggested].toLowerCase()}` },
            { value: "classification", label: "Classification" },
            { value: "regression", label: "Regression" },
          ]}
        />
      </div>
      <Disclosure title="Learn from" defaultOpen>
        <div className="px-3 pb-3">
          <FeatureList
            columns={candidates}
            ticked={features}
            onChange={(ticked) => {
              form.setValue("features", ticked, { shouldValidate: true, shouldDirty: true });
            }}
          />
          <FeaturesError control={control} />
        </div>
      </Disclosure>
    </>
  );
}
