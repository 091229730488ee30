/** Settings that belong together, and can be folded away together. */
import type { ReactNode } from "react";
import { useWatch, type Control, type UseFormReturn } from "react-hook-form";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { useRefused } from "../../hooks/use-refused";
import type { FormValues } from "../../state/training-form";
import type { Dataset } from "../../types";
import { ChoiceSetting, SwitchSetting, TextSetting } from "./setting-fields";
import { SplitFields } from "./split-fields";

const ACTIVATIONS = [
  { value: "relu", label: "ReLU" },
  { value: "tanh", label: "Tanh" },
  { value: "sigmoid", label: "Sigmoid" },
  { value: "gelu", label: "GELU" },
  { value: "silu", label: "SiLU" },
] as const;

const OPTIMIZERS = [
  { value: "adam", label: "Adam" },
  { value: "adamw", label: "AdamW" },
  { value: "sgd", label: "SGD" },
  { value: "rmsprop", label: "RMSprop" },
] as const;

const SCHEDULES = [
  { value: "constant", label: "Constant" },
  { value: "step", label: "Step" },
  { value: "cosine", label: "Cosine" },
  { value: "one_cycle", label: "One cycle" },
] as const;

const WEIGHTINGS = [
  { value: "none", label: "None" },
  { value: "balanced", label: "Balanced" },
] as const;

export interface GroupProps {
  control: Control<FormValues>;
}

interface SettingGroupProps {
  title: string;
  children: ReactNode;
  open?: boolean;
  /** True while a field of it is refused; then it stays open. */
  isRefused?: boolean;
}

export function SettingGroup({ title, children, open, isRefused }: SettingGroupProps) {
  return (
    <Disclosure title={title} defaultOpen={open ?? true} isHeldOpen={isRefused}>
      <div className="grid grid-cols-2 items-start gap-x-3 gap-y-2 px-3 pb-3">{children}</div>
    </Disclosure>
  );
}

interface NetworkGroupProps extends GroupProps {
  /** Whose network it is. */
  title?: string;
  layersTestId?: string;
  /** Stand below its fields. */
  children?: ReactNode;
}

export function NetworkGroup({ control, title = "Network", layersTestId, children }: NetworkGroupProps) {
  return (
    <SettingGroup title={title}>
      <TextSetting
        control={control}
        name="hidden_layers"
        label="Hidden layers"
        placeholder="none (linear)"
        testId={layersTestId}
      />
      <ChoiceSetting control={control} name="activation" label="Activation" options={ACTIVATIONS} />
      <TextSetting control={control} name="dropout" label="Dropout" />
      <div className="self-end">
        <SwitchSetting control={control} name="batch_norm" label="Batch norm" />
      </div>
      {children}
    </SettingGroup>
  );
}

const OF_OPTIMISATION = [
  "learning_rate",
  "epochs",
  "batch_size",
  "momentum",
  "warmup_epochs",
  "lr_step_epochs",
  "lr_step_factor",
  "weight_decay",
  "gradient_clip_norm",
  "early_stopping_patience",
  "time_limit_secs",
] as const;

/** How the network is trained. */
export function OptimisationGroup({ control, open }: GroupProps & { open?: boolean }) {
  const optimizer = useWatch({ control, name: "optimizer" });
  const schedule = useWatch({ control, name: "lr_schedule" });
  return (
    <SettingGroup title="Optimisation" open={open} isRefused={useRefused(control, OF_OPTIMISATION)}>
      <ChoiceSetting control={control} name="optimizer" label="Optimizer" options={OPTIMIZERS} />
      <TextSetting control={control} name="learning_rate" label="Learning rate" />
      <TextSetting control={control} name="epochs" label="Epochs" />
      <TextSetting control={control} name="batch_size" label="Batch size" />
      {optimizer === "sgd" || optimizer === "rmsprop" ? (
        <TextSetting control={control} name="momentum" label="Momentum" />
      ) : null}
      {optimizer === "sgd" ? (
        <div className="self-end">
          <SwitchSetting control={control} name="nesterov" label="Nesterov" />
        </div>
      ) : null}
      <ChoiceSetting control={control} name="lr_schedule" label="Schedule" options={SCHEDULES} />
      {schedule === "one_cycle" ? null : <TextSetting control={control} name="warmup_epochs" label="Warm-up epochs" />}
      {schedule === "step" ? (
        <>
          <TextSetting control={control} name="lr_step_epochs" label="Epochs per step" />
          <TextSetting control={control} name="lr_step_factor" label="Factor per step" />
        </>
      ) : null}
      <TextSetting control={control} name="weight_decay" label="Weight decay" />
      <TextSetting control={control} name="gradient_clip_norm" label="Gradient clip norm" placeholder="off" />
      <TextSetting control={control} name="early_stopping_patience" label="Early stopping after" placeholder="off" />
      <TextSetting control={control} name="time_limit_secs" label="Time limit, s" placeholder="none" />
    </SettingGroup>
  );
}

interface DataGroupProps {
  form: UseFormReturn<FormValues>;
  dataset: Dataset;
  isClassification: boolean;
  /** Left out where a teacher's split holds. */
  withSplit?: boolean;
}

/** How rows are split and weighed, and the seed. */
export function DataGroup({ form, dataset, isClassification, withSplit = true }: DataGroupProps) {
  const { control } = form;
  return (
    <SettingGroup title="Data">
      {withSplit ? <SplitFields form={form} dataset={dataset} isClassification={isClassification} /> : null}
      <TextSetting control={control} name="seed" label="Seed" />
      {isClassification ? (
        <ChoiceSetting control={control} name="class_weighting" label="Class weights" options={WEIGHTINGS} />
      ) : null}
    </SettingGroup>
  );
}
