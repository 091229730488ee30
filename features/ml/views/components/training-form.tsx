import { useWatch } from "react-hook-form";
import { Button } from "@ui/components/primitives/button";
import { useBrokenRuntime } from "../../hooks/use-runtimes";
import { useStart } from "../../hooks/use-start";
import { useTrainingForm } from "../../hooks/use-training-form";
import { suggestedTask } from "../../state/training-form";
import { PLATFORM_LOOKS, PLATFORMS, type Dataset, type Platform } from "../../types";
import { AboutFields } from "./about-fields";
import { ErrorNote } from "./error-note";
import { PlatformMark } from "./platform-mark";
import { ChoiceSetting, SwitchSetting, TextSetting } from "./setting-fields";
import { DataGroup, SettingGroup as Group, type GroupProps } from "./setting-groups";

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

/** What to predict from what, how, and the buttons that start it. */
export function TrainingForm({ dataset, platform }: { dataset: Dataset; platform: Platform }) {
  const about = useTrainingForm(dataset);
  const { form, train } = about;
  const { control } = form;
  const start = useStart();
  const brokenHere = useBrokenRuntime(platform);
  const brokenPytorch = useBrokenRuntime("pytorch");
  const brokenTensorflow = useBrokenRuntime("tensorflow");
  const target = useWatch({ control, name: "target" });
  const task = useWatch({ control, name: "task" });
  const suggested = suggestedTask(dataset, target);
  const isStarting = start.state === "starting";
  const { name } = PLATFORM_LOOKS[platform];
  return (
    <form
      data-testid="TrainingForm"
      aria-label="Training"
      onSubmit={(event) => {
        event.preventDefault();
        if (brokenHere === null && !isStarting) void train([platform]);
      }}
    >
      <AboutFields dataset={dataset} about={about} />
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
