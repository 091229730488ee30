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
import { DataGroup, NetworkGroup, OptimisationGroup } from "./setting-groups";

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
      <DataGroup form={form} dataset={dataset} isClassification={(task === "auto" ? suggested : task) !== "regression"} />
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
