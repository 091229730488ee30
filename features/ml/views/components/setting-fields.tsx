/** One setting of the training form each, bound to the form by name. */
import { Controller, useFormState, type Control, type FieldPathByValue } from "react-hook-form";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { Field } from "@ui/components/primitives/field";
import { Select, type SelectOption } from "@ui/components/primitives/select";
import { TextInput } from "@ui/components/primitives/text-input";
import type { FormValues } from "../../state/training-form";

interface SettingProps<Name> {
  control: Control<FormValues>;
  name: Name;
  label: string;
  hint?: string;
}

type TextName = Exclude<FieldPathByValue<FormValues, string>, "target" | "task">;

/** A number as text, or the list of layers. */
export function TextSetting({
  control,
  name,
  label,
  hint,
  placeholder,
  testId = `setting-${name}`,
}: SettingProps<TextName> & { placeholder?: string; testId?: string }) {
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Field label={label} hint={hint} error={fieldState.error?.message}>
          {({ id, describedBy, invalid }) => (
            <TextInput
              id={id}
              numeric={name !== "hidden_layers"}
              placeholder={placeholder}
              aria-invalid={invalid}
              aria-describedby={describedBy}
              data-testid={testId}
              {...field}
            />
          )}
        </Field>
      )}
    />
  );
}

type ChoiceName = "task" | "activation" | "optimizer" | "lr_schedule" | "class_weighting";

export function ChoiceSetting<Name extends ChoiceName>(
  props: SettingProps<Name> & { options: readonly SelectOption<FormValues[Name]>[] },
) {
  const { control, name, label, hint, options } = props;
  return (
    <Controller<FormValues, ChoiceName>
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Field label={label} hint={hint} error={fieldState.error?.message}>
          {({ id, describedBy }) => (
            <Select
              id={id}
              describedBy={describedBy}
              options={options}
              value={field.value as FormValues[Name]}
              onChange={field.onChange}
              testId={`setting-${name}`}
            />
          )}
        </Field>
      )}
    />
  );
}

export function SwitchSetting({ control, name, label }: SettingProps<"batch_norm" | "nesterov" | "drop_duplicates">) {
  return (
    <Controller
      control={control}
      name={name}
      render={({ field }) => (
        <Checkbox checked={field.value} onChange={field.onChange} testId={`setting-${name}`}>
          <span>{label}</span>
        </Checkbox>
      )}
    />
  );
}

/** What is wrong with the ticked columns as a whole. */
export function FeaturesError({ control }: { control: Control<FormValues> }) {
  const { errors } = useFormState({ control, name: "features" });
  const message = errors.features?.message;
  return message === undefined ? null : (
    <p role="alert" className="text-sm text-danger">
      {message}
    </p>
  );
}
