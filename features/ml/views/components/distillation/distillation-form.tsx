import { useFormState, useWatch } from "react-hook-form";
import { Button } from "@ui/components/primitives/button";
import { Note } from "@ui/components/primitives/note";
import { Segmented } from "@ui/components/primitives/segmented";
import { formatCounted } from "@ui/lib/format";
import { useAbout, useDistillationForm, type DistillationFormControl } from "../../../hooks/use-distillation-form";
import { useDistillationStart } from "../../../hooks/use-distillations";
import { useRefused } from "../../../hooks/use-refused";
import { useBrokenRuntime } from "../../../hooks/use-runtimes";
import {
  ensembleTrouble,
  LOSS_NAMES,
  platformsOf,
  teachersOf,
  usesTemperature,
  type About,
  type DistillationFormValues,
} from "../../../state/distillation-form";
import { PLATFORM_LOOKS, type Dataset } from "../../../types";
import { ErrorNote } from "../error-note";
import { DataGroup, NetworkGroup, OptimisationGroup, SettingGroup } from "../setting-groups";
import { ChoicePart, SwitchPart, TextPart, type PartProps } from "./distillation-fields";
import { StudentSize } from "./student-size";
import { TeacherFields } from "./teacher-fields";

const CLASS_LOSSES = [
  { value: "hinton", label: LOSS_NAMES.hinton },
  { value: "decoupled", label: LOSS_NAMES.decoupled },
  { value: "logit_matching", label: LOSS_NAMES.logit_matching },
] as const;

const NUMBER_LOSSES = [
  { value: "mse", label: LOSS_NAMES.mse },
  { value: "teacher_bounded", label: LOSS_NAMES.teacher_bounded },
] as const;

const SYNTHETIC_METHODS = [
  { value: "resample", label: "Resampled columns" },
  { value: "mix_up", label: "Mixed pairs of rows" },
] as const;

const TRANSFERS = [
  { value: "none", label: "Training rows only" },
  { value: "unlabelled", label: "Rows without a target" },
  { value: "synthetic", label: "Synthetic rows" },
] as const;

const PLATFORM_CHOICES = [
  { value: "pytorch", label: PLATFORM_LOOKS.pytorch.name, testId: "distil-platform-pytorch" },
  { value: "tensorflow", label: PLATFORM_LOOKS.tensorflow.name, testId: "distil-platform-tensorflow" },
  { value: "both", label: "Both", testId: "distil-platform-both" },
] as const;

/** What the student's loss asks of it. */
function LossGroup({ control, about }: PartProps & { about: About }) {
  const [classLoss, numberLoss] = useWatch({ control, name: ["classLoss", "numberLoss"] });
  const { errors } = useFormState({ control });
  const isRegression = about.task === "regression";
  const isSoftened = usesTemperature({ classLoss }, about.task);
  // A field that is refused is shown, whatever was chosen since.
  const hasBeta = (!isRegression && classLoss === "decoupled") || errors.beta !== undefined;
  const hasMargin = (isRegression && numberLoss === "teacher_bounded") || errors.margin !== undefined;
  return (
    <SettingGroup title="What it learns from the teacher">
      {isRegression ? (
        <ChoicePart control={control} name="numberLoss" label="Loss" options={NUMBER_LOSSES} className="col-span-2" />
      ) : (
        <ChoicePart control={control} name="classLoss" label="Loss" options={CLASS_LOSSES} className="col-span-2" />
      )}
      <TextPart
        control={control}
        name="temperature"
        label="Temperature T"
        hint={
          isSoftened
            ? "Softens the teacher’s probabilities: 1 leaves them, 2 to 10 shows what else it holds likely."
            : "Makes no difference with this loss."
        }
      />
      <TextPart
        control={control}
        name="alpha"
        label="Teacher’s weight α"
        hint="0 learns from the labels alone, 1 from the teacher alone."
      />
      {hasBeta ? (
        <TextPart control={control} name="beta" label="Other classes’ weight β" hint="How much what is said of the wrong classes counts." />
      ) : null}
      {hasMargin ? (
        <TextPart control={control} name="margin" label="Margin" hint="Rows on which the student beats the teacher by it do not count." />
      ) : null}
    </SettingGroup>
  );
}

function TransferGroup({ control, dataset, target }: PartProps & { dataset: Dataset; target: string }) {
  const transfer = useWatch({ control, name: "transfer" });
  const missing = dataset.columns.find(({ name }) => name === target)?.missing ?? 0;
  const hints = {
    none: "The student sees what the teacher was trained on.",
    unlabelled:
      missing === 0
        ? `Every row has a value of ${target === "" ? "the target" : target}, so there are none to add.`
        : `${formatCounted(missing, "row")} without ${target}: the teacher says what they are.`,
    synthetic: "Made of training rows; the teacher says what they are.",
  };
  return (
    <SettingGroup title="Further rows" open={false} isRefused={useRefused(control, ["syntheticRows"])}>
      <ChoicePart
        control={control}
        name="transfer"
        label="Learn on"
        options={TRANSFERS}
        hint={hints[transfer]}
        className="col-span-2"
      />
      {transfer === "synthetic" ? (
        <>
          <TextPart control={control} name="syntheticRows" label="Synthetic rows" />
          <ChoicePart control={control} name="syntheticMethod" label="Made as" options={SYNTHETIC_METHODS} />
        </>
      ) : null}
    </SettingGroup>
  );
}

const OF_SEARCH = ["shapes", "temperatures", "alphas", "maxBytes", "maxLatency", "maxPointsLost"] as const;

/** Which students are tried, and what the chosen one may cost. */
function SearchGroup({ control, about }: PartProps & { about: About }) {
  const searches = useWatch({ control, name: "searches" });
  return (
    <SettingGroup title="Search for a student" open={false} isRefused={useRefused(control, OF_SEARCH)}>
      <div className="col-span-2">
        <SwitchPart control={control} name="searches" label="Try several students and choose by validation rows" />
      </div>
      {searches ? (
        <>
          <TextPart
            control={control}
            name="shapes"
            label="Hidden layers to try"
            hint="Apart by commas; layers of one network by hyphens: 16, 32, 32-32"
            className="col-span-2"
          />
          <TextPart control={control} name="temperatures" label="Temperatures to try" placeholder="only T above" checks="shapes" />
          <TextPart control={control} name="alphas" label="Weights α to try" placeholder="only α above" checks="shapes" />
          <p className="col-span-2 text-sm text-soft">Budget: the best student that keeps to all that is given is chosen.</p>
          <TextPart control={control} name="maxBytes" label="At most, bytes" placeholder="any" />
          <TextPart control={control} name="maxLatency" label="At most, µs a row" placeholder="any" />
          <TextPart
            control={control}
            name="maxPointsLost"
            label={about.task === "regression" ? "RMSE lost, percent" : "Accuracy lost, points"}
            hint="Against the teacher, on validation rows."
            placeholder="any"
            className="col-span-2"
          />
        </>
      ) : null}
    </SettingGroup>
  );
}

/** The student once more in fewer bits. */
function CompressionGroup({ control, about }: PartProps & { about: About }) {
  const compresses = useWatch({ control, name: "compresses" });
  return (
    <SettingGroup title="Smaller still" open={false} isRefused={useRefused(control, ["maxCompressionLoss"])}>
      <div className="col-span-2">
        <SwitchPart control={control} name="compresses" label="Store the student in 16 and in 8 bits a weight too" />
      </div>
      {compresses ? (
        <TextPart
          control={control}
          name="maxCompressionLoss"
          label={about.task === "regression" ? "RMSE it may lose, percent" : "Accuracy it may lose, points"}
          hint="Against the student itself, on validation rows; what loses more is refused."
          className="col-span-2"
        />
      ) : null}
    </SettingGroup>
  );
}

/** How often the experiment is made, and on which platform. */
function ExperimentGroup({ form }: Pick<DistillationFormControl, "form">) {
  const { control } = form;
  const [platforms, withControl] = useWatch({ control, name: ["platforms", "control"] });
  return (
    <SettingGroup title="Experiment">
      <TextPart
        control={control}
        name="seeds"
        label="Seeds"
        hint="Each trains one student and one control; from 3 on an interval means something."
        className="col-span-2"
      />
      <div className="col-span-2">
        <SwitchPart control={control} name="control" label="Train the control too: the same network without a teacher" />
        {withControl ? null : (
          <p className="text-sm text-caution">Without it there is no telling whether the teacher helped.</p>
        )}
      </div>
      <div className="col-span-2" data-testid="distil-platform">
        <p className="text-sm text-soft">Train students on</p>
        <Segmented
          label="Train students on"
          options={PLATFORM_CHOICES}
          value={platforms}
          onChange={(choice) => {
            form.setValue("platforms", choice, { shouldDirty: true });
          }}
          isWide
        />
      </div>
    </SettingGroup>
  );
}

/** What the split of the teacher forbids; it has no field here. */
function Elsewhere({ messages }: { messages: readonly string[] }) {
  if (messages.length === 0) return null;
  return (
    <Note tone="danger" title="The teacher’s own settings do not fit this table any more">
      {messages.join("; ")}
    </Note>
  );
}

/** Who teaches whom and how, and the button that starts it. */
export function DistillationForm({ dataset }: { dataset: Dataset }) {
  const control = useDistillationForm(dataset);
  const { form, student, teachers, start, elsewhere } = control;
  const about = useAbout(control, dataset);
  const outcome = useDistillationStart();
  const values = useWatch({ control: form.control }) as DistillationFormValues;
  const brokenPytorch = useBrokenRuntime("pytorch");
  const brokenTensorflow = useBrokenRuntime("tensorflow");
  const broken = { pytorch: brokenPytorch !== null, tensorflow: brokenTensorflow !== null };
  const isBroken = platformsOf(values.platforms).some((platform) => broken[platform]);
  const isStarting = outcome.state === "starting";
  const isRefused = values.teacher === "ensemble" && ensembleTrouble(teachersOf(values, teachers)) !== null;
  return (
    <form
      data-testid="DistillationForm"
      aria-label="Distillation"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBroken && !isStarting && !isRefused) void start();
      }}
    >
      <TeacherFields control={control} dataset={dataset} />
      <NetworkGroup control={student.form.control} title="Student" layersTestId="distil-hidden_layers">
        <StudentSize control={control} dataset={dataset} />
      </NetworkGroup>
      <LossGroup control={form.control} about={about} />
      <ExperimentGroup form={form} />
      <TransferGroup control={form.control} dataset={dataset} target={about.target} />
      <SearchGroup control={form.control} about={about} />
      <CompressionGroup control={form.control} about={about} />
      <OptimisationGroup control={student.form.control} open={false} />
      <DataGroup
        form={student.form}
        dataset={dataset}
        isClassification={about.task !== "regression"}
        withSplit={values.teacher === "train"}
      />
      <div className="sticky bottom-0 flex flex-col gap-2 rounded-b-lg border-t border-line bg-surface p-3">
        <Elsewhere messages={elsewhere} />
        {isBroken ? (
          <p className="text-sm text-caution">A platform chosen does not run on this computer; Settings says what is missing.</p>
        ) : null}
        {outcome.state === "failed" ? (
          <ErrorNote what="The distillation did not start" error={outcome.error} testId="start-error" />
        ) : null}
        <Button type="submit" look="primary" disabled={isBroken || isStarting} data-testid="distil-button">
          {isStarting ? "Starting…" : "Distil"}
        </Button>
      </div>
    </form>
  );
}
