import { Controller, useWatch, type Control } from "react-hook-form";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { Field } from "@ui/components/primitives/field";
import { Select, type SelectOption } from "@ui/components/primitives/select";
import { TextInput } from "@ui/components/primitives/text-input";
import { defaultObjective, objectivesFor, type SweepFormValues } from "../../../state/sweep-form";
import type { FormValues } from "../../../state/training-form";
import { METRIC_NAMES, PLATFORM_LOOKS, type Dataset, type Platform } from "../../../types";
import { SettingGroup } from "../setting-groups";

const SAMPLERS = [
  { value: "sobol", label: "Sobol, evenly" },
  { value: "tpe", label: "TPE, learning" },
  { value: "random", label: "Random" },
  { value: "grid", label: "Grid, all" },
] as const;

const PRUNERS = [
  { value: "none", label: "Nothing" },
  { value: "hyperband", label: "Hyperband" },
  { value: "halving", label: "Halving" },
  { value: "median", label: "Below median" },
] as const;

const JUDGED = [
  { value: "best", label: "Best epoch" },
  { value: "last", label: "Last epoch" },
] as const;

const JUDGED_ON = [
  { value: "holdout", label: "One holdout" },
  { value: "k_fold", label: "Folds, in turn" },
  { value: "repeated_holdout", label: "Several holdouts" },
] as const;

type TextName = "n_trials" | "top" | "seeds" | "failure_cap" | "rounds";
type ChoiceName = "sampler" | "pruner" | "objective" | "judged_epoch" | "judged_on";

interface PartProps {
  control: Control<SweepFormValues>;
}

function TextPart({ control, name, label }: PartProps & { name: TextName; label: string }) {
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Field label={label} error={fieldState.error?.message}>
          {({ id, describedBy, invalid }) => (
            <TextInput id={id} numeric aria-invalid={invalid} aria-describedby={describedBy} data-testid={`sweep-${name}`} {...field} />
          )}
        </Field>
      )}
    />
  );
}

function ChoicePart<Name extends ChoiceName>(
  props: PartProps & { name: Name; label: string; options: readonly SelectOption<SweepFormValues[Name]>[] },
) {
  const { control, name, label, options } = props;
  return (
    <Controller<SweepFormValues, ChoiceName>
      control={control}
      name={name}
      render={({ field, fieldState }) => {
        // A metric of the other task stays chosen for when the task comes back, and shows as automatic meanwhile.
        const known = options.find((option) => option.value === field.value) ?? options[0];
        return (
          <Field label={label} error={fieldState.error?.message}>
            {({ id, describedBy }) => (
              <Select
                id={id}
                describedBy={describedBy}
                options={options}
                value={known?.value ?? (field.value as SweepFormValues[Name])}
                onChange={field.onChange}
                testId={`sweep-${name}`}
              />
            )}
          </Field>
        );
      }}
    />
  );
}

function SwitchPart({ control, name, label }: PartProps & { name: "both" | "confirms"; label: string }) {
  return (
    <Controller
      control={control}
      name={name}
      render={({ field }) => (
        <Checkbox checked={field.value} onChange={field.onChange} testId={`sweep-${name}`}>
          <span>{label}</span>
        </Checkbox>
      )}
    />
  );
}

interface SearchGroupProps extends PartProps, Pick<FormValues, "target" | "task"> {
  dataset: Dataset;
  platform: Platform;
}

/** Who proposes, who judges, how many, and what comes after. */
export function SearchGroup({ control, dataset, target, task, platform }: SearchGroupProps) {
  const confirms = useWatch({ control, name: "confirms" });
  const judgedOn = useWatch({ control, name: "judged_on" });
  const metrics = objectivesFor(dataset, { target, task });
  const objectives: SelectOption<SweepFormValues["objective"]>[] = [
    { value: "auto", label: `Auto: ${METRIC_NAMES[defaultObjective(metrics)]}` },
    ...metrics.map((value) => ({ value, label: METRIC_NAMES[value] })),
  ];
  const other = PLATFORM_LOOKS[platform === "pytorch" ? "tensorflow" : "pytorch"].name;
  return (
    <SettingGroup title="Search">
      <TextPart control={control} name="n_trials" label="Configurations" />
      <ChoicePart control={control} name="sampler" label="Proposed by" options={SAMPLERS} />
      <ChoicePart control={control} name="objective" label="Judged by" options={objectives} />
      <ChoicePart control={control} name="judged_epoch" label="At its" options={JUDGED} />
      <ChoicePart control={control} name="judged_on" label="Judged on" options={JUDGED_ON} />
      {judgedOn === "holdout" ? null : (
        <TextPart control={control} name="rounds" label={judgedOn === "k_fold" ? "Folds" : "Holdouts"} />
      )}
      <ChoicePart control={control} name="pruner" label="Stopped early by" options={PRUNERS} />
      <TextPart control={control} name="failure_cap" label="Give up after failures" />
      <div className="col-span-2 flex flex-col">
        <SwitchPart control={control} name="both" label={`Each on ${other} too, from the same start`} />
        <SwitchPart control={control} name="confirms" label="Confirm the best with other seeds" />
      </div>
      {confirms ? (
        <>
          <TextPart control={control} name="top" label="Best of each platform" />
          <TextPart control={control} name="seeds" label="Seeds each" />
        </>
      ) : null}
    </SettingGroup>
  );
}
