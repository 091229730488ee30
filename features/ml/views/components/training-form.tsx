import { useMemo, type ReactNode } from "react";
import { useWatch, type Control } from "react-hook-form";
import { Button } from "@ui/components/primitives/button";
import { Combobox } from "@ui/components/primitives/combobox";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { Field } from "@ui/components/primitives/field";
import { useBrokenRuntime } from "../../hooks/use-runtimes";
import { useStart } from "../../hooks/use-start";
import { useTrainingForm } from "../../hooks/use-training-form";
import { suggestedTask, type FormValues } from "../../state/training-form";
import { PLATFORM_LOOKS, PLATFORMS, TASK_NAMES, type Dataset, type Platform } from "../../types";
import { ErrorNote } from "./error-note";
import { FeatureList } from "./feature-list";
import { PlatformMark } from "./platform-mark";
import { ChoiceSetting, FeaturesError, SwitchSetting, TextSetting } from "./setting-fields";

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

interface GroupProps {
  control: Control<FormValues>;
}

function Group({ title, children, open }: { title: string; children: ReactNode; open?: boolean }) {
  return (
    <Disclosure title={title} defaultOpen={open ?? true}>
      <div className="grid grid-cols-2 items-start gap-x-3 gap-y-2 px-3 pb-3">{children}</div>
    </Disclosure>
  );
}

function NetworkGroup({ control }: GroupProps) {
  return (
    <Group title="Network">
      <TextSetting control={control} name="hidden_layers" label="Hidden layers" placeholder="none (linear)" />
      <ChoiceSetting control={control} name="activation" label="Activation" options={ACTIVATIONS} />
      <TextSetting control={control} name="dropout" label="Dropout" />
      <div className="self-end">
        <SwitchSetting control={control} name="batch_norm" label="Batch norm" />
      </div>
    </Group>
  );
}

function OptimisationGroup({ control }: GroupProps) {
  const optimizer = useWatch({ control, name: "optimizer" });
  const schedule = useWatch({ control, name: "lr_schedule" });
  return (
    <Group title="Optimisation">
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
    </Group>
  );
}

function DataGroup({ control, isClassification }: GroupProps & { isClassification: boolean }) {
  return (
    <Group title="Data">
      <TextSetting control={control} name="test_fraction" label="Test fraction" />
      <TextSetting control={control} name="validation_fraction" label="Validation fraction" />
      <TextSetting control={control} name="seed" label="Seed" />
      {isClassification ? (
        <ChoiceSetting control={control} name="class_weighting" label="Class weights" options={WEIGHTINGS} />
      ) : null}
    </Group>
  );
}

/** What to predict from what, how, and the buttons that start it. */
export function TrainingForm({ dataset, platform }: { dataset: Dataset; platform: Platform }) {
  const { form, train, changeTarget } = useTrainingForm(dataset);
  const { control } = form;
  const start = useStart();
  const brokenHere = useBrokenRuntime(platform);
  const brokenPytorch = useBrokenRuntime("pytorch");
  const brokenTensorflow = useBrokenRuntime("tensorflow");
  const target = useWatch({ control, name: "target" });
  const task = useWatch({ control, name: "task" });
  const features = useWatch({ control, name: "features" });
  const suggested = suggestedTask(dataset, target);
  const targets = useMemo(
    () => dataset.columns.map((column) => ({ value: column.name, label: column.name, detail: column.kind })),
    [dataset],
  );
  const candidates = useMemo(() => dataset.columns.filter((column) => column.name !== target), [dataset, target]);
  const isStarting = start.state === "starting";
  const { name } = PLATFORM_LOOKS[platform];
  return (
    <form
      data-testid="TrainingForm"
      aria-label="Training"
      className="rounded-lg border border-line bg-surface"
      onSubmit={(event) => {
        event.preventDefault();
        if (brokenHere === null && !isStarting) void train([platform]);
      }}
    >
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
      <NetworkGroup control={control} />
      <OptimisationGroup control={control} />
      <DataGroup control={control} isClassification={(task === "auto" ? suggested : task) !== "regression"} />
      <div className="sticky bottom-0 flex flex-col gap-2 rounded-b-lg border-t border-line bg-surface p-3">
        {start.state === "failed" ? (
          <ErrorNote what="Training did not start" error={start.error} testId="start-error" />
        ) : null}
        <div className="flex flex-wrap gap-2">
          <Button
            type="submit"
            look="primary"
            className="flex-1"
            disabled={brokenHere !== null || isStarting}
            data-testid="train-button"
          >
            Train on {name}
          </Button>
          <Button
            disabled={brokenPytorch !== null || brokenTensorflow !== null || isStarting}
            onClick={() => void train([...PLATFORMS])}
            data-testid="train-both-button"
          >
            <PlatformMark platform="pytorch" />
            <PlatformMark platform="tensorflow" />
            Train on both
          </Button>
        </div>
      </div>
    </form>
  );
}
