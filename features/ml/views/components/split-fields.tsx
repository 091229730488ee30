/** Which rows are trained on, validated on and tested on, with what that comes to. */
import { useMemo } from "react";
import { useFormState, useWatch, type UseFormReturn } from "react-hook-form";
import { Combobox } from "@ui/components/primitives/combobox";
import { Field } from "@ui/components/primitives/field";
import { Select } from "@ui/components/primitives/select";
import { useSplitPreview } from "../../hooks/use-split-preview";
import { likelySplitColumn, splitColumns } from "../../state/split-columns";
import { withSplit, type FormValues, type SplitChoice } from "../../state/training-form";
import type { AppError, Dataset, SplitKind } from "../../types";
import { SwitchSetting, TextSetting } from "./setting-fields";
import { SplitPreviewPart } from "./split-preview";

interface SplitFieldsProps {
  form: UseFormReturn<FormValues>;
  dataset: Dataset;
  isClassification: boolean;
}

const COLUMN_LABELS: Record<Exclude<SplitKind, "random">, string> = {
  by_time: "Column that says when",
  by_group: "Column that says which group",
  by_column: "Column that says train, validation or test",
};

const HINTS: Record<SplitKind, (isClassification: boolean) => string> = {
  random: (isClassification) => (isClassification ? "Each class has its share in every part." : "Rows by lot."),
  by_time: () => "Trained on the oldest rows, tested on the newest.",
  by_group: () => "All rows of a group are in one part.",
  by_column: () => "Each row says itself where it belongs.",
};

function inWords({ message, hint }: AppError): string {
  return hint === null ? message : `${message}. ${hint}.`;
}

/** How rows are split, the column to go by, and shares where there is something to share out. */
export function SplitFields({ form, dataset, isClassification }: SplitFieldsProps) {
  const { control } = form;
  const [split, column, target] = useWatch({ control, name: ["split", "split_column", "target"] });
  const { errors } = useFormState({ control, name: ["split_column", "test_fraction", "validation_fraction"] });
  const preview = useSplitPreview(control, dataset);
  const refusal = preview.state === "failed" ? inWords(preview.error) : undefined;
  const columns = useMemo(
    () => splitColumns(dataset, target, split).map(({ name, kind }) => ({ value: name, label: name, detail: kind })),
    [dataset, target, split],
  );
  const kinds = [
    { value: "random", label: isClassification ? "At random, stratified" : "At random" },
    { value: "by_time", label: "By time" },
    { value: "by_group", label: "By group" },
    { value: "by_column", label: "As a column says" },
  ] as const;

  const change = (choice: SplitChoice) => {
    const { features, ...after } = withSplit(form.getValues(), choice, dataset);
    form.setValue("split", after.split, { shouldDirty: true });
    // A column that is still to be chosen is not complained about before anybody could.
    form.setValue("split_column", after.split_column, { shouldDirty: true, shouldValidate: after.split_column !== "" });
    form.setValue("features", features, { shouldDirty: true, shouldValidate: true });
    if (after.split_column === "") form.clearErrors("split_column");
  };

  // Without a part to share out there is no share; one that is refused stays in sight all the same.
  const showsTest = split !== "by_column" || errors.test_fraction !== undefined || errors.validation_fraction !== undefined;
  return (
    <>
      <Field
        label="Split"
        hint={HINTS[split](isClassification)}
        error={split === "random" ? refusal : undefined}
        className="col-span-2"
      >
        {({ id, describedBy }) => (
          <Select
            id={id}
            describedBy={describedBy}
            options={kinds}
            value={split}
            onChange={(kind) => {
              change({ split: kind, split_column: likelySplitColumn(dataset, target, kind) });
            }}
            testId="setting-split"
          />
        )}
      </Field>
      {split === "random" ? null : (
        <Field
          label={COLUMN_LABELS[split]}
          error={errors.split_column?.message ?? refusal}
          className="col-span-2"
        >
          {({ id, describedBy, invalid }) => (
            <Combobox
              // Another kind of split has other columns.
              key={split}
              id={id}
              describedBy={describedBy}
              invalid={invalid}
              options={columns}
              value={column === "" ? null : column}
              onChange={(name) => {
                change({ split, split_column: name });
              }}
              placeholder="Choose a column"
              empty={columns.length === 0 ? "No column is fit for that" : "No column matches"}
              testId="setting-split_column"
            />
          )}
        </Field>
      )}
      {showsTest ? <TextSetting control={control} name="test_fraction" label="Test fraction" /> : null}
      <TextSetting
        control={control}
        name="validation_fraction"
        label="Validation fraction"
        hint={split === "by_column" ? "Where no row says validation." : undefined}
      />
      <div className="col-span-2">
        <SwitchSetting control={control} name="drop_duplicates" label="Drop rows that repeat another" />
      </div>
      <SplitPreviewPart preview={preview} />
    </>
  );
}
