/** One setting of a distillation each, bound to its form by name. */
import { Controller, type Control } from "react-hook-form";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { Field } from "@ui/components/primitives/field";
import { Select, type SelectOption } from "@ui/components/primitives/select";
import { TextInput } from "@ui/components/primitives/text-input";
import type { DistillationFormValues } from "../../../state/distillation-form";

export interface PartProps {
  control: Control<DistillationFormValues>;
}

type TextName =
  | "beta"
  | "margin"
  | "temperature"
  | "alpha"
  | "seeds"
  | "syntheticRows"
  | "shapes"
  | "temperatures"
  | "alphas"
  | "maxBytes"
  | "maxLatency"
  | "maxPointsLost";

type ChoiceName = "classLoss" | "numberLoss" | "transfer" | "syntheticMethod" | "sweepPlatform";

interface TextPartProps extends PartProps {
  name: TextName;
  label: string;
  hint?: string;
  placeholder?: string;
  /** Another field that is checked again when this one changes. */
  checks?: TextName;
  className?: string;
}

export function TextPart({ control, name, label, hint, placeholder, checks, className }: TextPartProps) {
  return (
    <Controller
      control={control}
      name={name}
      rules={{ deps: checks }}
      render={({ field, fieldState }) => (
        <Field label={label} hint={hint} error={fieldState.error?.message} className={className}>
          {({ id, describedBy, invalid }) => (
            <TextInput
              id={id}
              numeric={name !== "shapes"}
              placeholder={placeholder}
              aria-invalid={invalid}
              aria-describedby={describedBy}
              data-testid={`distil-${name}`}
              {...field}
            />
          )}
        </Field>
      )}
    />
  );
}

interface ChoicePartProps<Name extends ChoiceName> extends PartProps {
  name: Name;
  label: string;
  hint?: string;
  options: readonly SelectOption<DistillationFormValues[Name]>[];
  className?: string;
}

export function ChoicePart<Name extends ChoiceName>(props: ChoicePartProps<Name>) {
  const { control, name, label, hint, options, className } = props;
  return (
    <Controller<DistillationFormValues, ChoiceName>
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Field label={label} hint={hint} error={fieldState.error?.message} className={className}>
          {({ id, describedBy }) => (
            <Select
              id={id}
              describedBy={describedBy}
              options={options}
              value={field.value as DistillationFormValues[Name]}
              onChange={field.onChange}
              testId={`distil-${name}`}
            />
          )}
        </Field>
      )}
    />
  );
}

export function SwitchPart({ control, name, label }: PartProps & { name: "control" | "searches"; label: string }) {
  return (
    <Controller
      control={control}
      name={name}
      render={({ field }) => (
        <Checkbox checked={field.value} onChange={field.onChange} testId={`distil-${name}`}>
          <span>{label}</span>
        </Checkbox>
      )}
    />
  );
}
