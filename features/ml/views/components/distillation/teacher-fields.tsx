import { useMemo, useState } from "react";
import { Controller, useWatch } from "react-hook-form";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { Combobox } from "@ui/components/primitives/combobox";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { Field } from "@ui/components/primitives/field";
import { Segmented } from "@ui/components/primitives/segmented";
import { formatBytes, formatCount, formatMoment } from "@ui/lib/format";
import type { DistillationFormControl } from "../../../hooks/use-distillation-form";
import { ensembleTrouble, teachersOf, type DistillationFormValues, type TeacherKind } from "../../../state/distillation-form";
import { layoutText } from "../../../state/sweep-space";
import { METRIC_NAMES, METRICS_OF_TASK, PLATFORM_LOOKS, type Dataset, type Run } from "../../../types";
import { AboutFields } from "../about-fields";
import { formatMetric } from "../metric-format";
import { PlatformMark } from "../platform-mark";
import { artifactBytes } from "../run-facts";
import { ChoicePart, type PartProps } from "./distillation-fields";

const KINDS: readonly { value: TeacherKind; label: string; testId: string }[] = [
  { value: "run", label: "A run", testId: "distil-teacher-run" },
  { value: "ensemble", label: "Several", testId: "distil-teacher-ensemble" },
  { value: "sweep", label: "A sweep", testId: "distil-teacher-sweep" },
  { value: "train", label: "Train one", testId: "distil-teacher-train" },
];

const SWEEP_PLATFORMS = [
  { value: "better", label: "The better one" },
  { value: "pytorch", label: PLATFORM_LOOKS.pytorch.name },
  { value: "tensorflow", label: PLATFORM_LOOKS.tensorflow.name },
] as const;

/** "Accuracy 0.952", on test rows. */
function metricOf({ task, outcome, split }: Run): string | null {
  const metric = task === null ? undefined : METRICS_OF_TASK[task][0];
  const value = metric === undefined ? undefined : outcome?.metrics.test[metric];
  if (metric === undefined || typeof value !== "number") return null;
  return `${METRIC_NAMES[metric]} ${formatMetric(metric, value, split?.test)}`;
}

/** What a teacher can do and what it takes, a line a run. */
function TeacherNumbers({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0) return null;
  return (
    <ul className="figures flex flex-col gap-1 text-sm" data-testid="teacher-numbers">
      {runs.map((run) => (
        <li key={run.id} className="flex min-w-0 items-start gap-1.5">
          <PlatformMark platform={run.platform} />
          <span className="min-w-0 break-words text-soft">
            {[
              runs.length > 1 ? run.name : null,
              `${metricOf(run) ?? "No figure"} on test rows`,
              `layers ${layoutText(run.config.hidden_layers)}`,
              `${formatCount(run.outcome?.parameter_count)} parameters`,
              `model file ${formatBytes(artifactBytes(run))}`,
            ]
              .filter((part) => part !== null)
              .join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

function OneRun({ control, teachers }: PartProps & { teachers: readonly Run[] }) {
  const options = useMemo(
    () => teachers.map((run) => ({ value: run.id, label: run.name, detail: `${PLATFORM_LOOKS[run.platform].name} ${metricOf(run) ?? ""}` })),
    [teachers],
  );
  return (
    <Controller
      control={control}
      name="run"
      render={({ field, fieldState }) => (
        <Field label="Learn from" error={fieldState.error?.message}>
          {({ id, describedBy, invalid }) => (
            <Combobox
              id={id}
              describedBy={describedBy}
              invalid={invalid}
              options={options}
              value={field.value}
              onChange={field.onChange}
              placeholder="Choose a run"
              empty={teachers.length === 0 ? "No run on this dataset has ended well yet" : "No run matches"}
              testId="distil-run"
            />
          )}
        </Field>
      )}
    />
  );
}

function Ensemble({ control, teachers }: PartProps & { teachers: readonly Run[] }) {
  return (
    <Controller
      control={control}
      name="ensemble"
      render={({ field, fieldState }) => {
        const trouble = ensembleTrouble(teachers.filter(({ id }) => field.value.includes(id))) ?? fieldState.error?.message;
        return (
          <div role="group" aria-label="Runs that teach together" className="min-w-0">
            <p className="text-sm text-soft">
              The student learns the mean of what these say. Only runs of one split can teach together.
            </p>
            <div className="max-h-48 overflow-y-auto">
              {teachers.map((run) => (
                <Checkbox
                  key={run.id}
                  checked={field.value.includes(run.id)}
                  onChange={(isTicked) => {
                    field.onChange(isTicked ? [...field.value, run.id] : field.value.filter((id) => id !== run.id));
                  }}
                >
                  <PlatformMark platform={run.platform} />
                  <span className="truncate">{run.name}</span>
                  <span className="figures ml-auto shrink-0 text-sm text-faint">{metricOf(run)}</span>
                </Checkbox>
              ))}
            </div>
            {teachers.length < 2 ? (
              <p className="text-sm text-faint">It takes two runs on this dataset that have ended well.</p>
            ) : null}
            {trouble === undefined ? null : (
              <p role="alert" className="text-sm text-danger" data-testid="ensemble-error">
                {trouble}
              </p>
            )}
          </div>
        );
      }}
    />
  );
}

function BestOfSweep({ control, sweeps }: PartProps & Pick<DistillationFormControl, "sweeps">) {
  const [now] = useState(() => Date.now());
  const options = useMemo(
    () =>
      sweeps.map(({ id, spec, created_at }) => ({
        value: id,
        label: `Sweep of ${spec.target}`,
        detail: `${formatCount(spec.n_trials)} configurations, ${formatMoment(created_at, now)}`,
      })),
    [sweeps, now],
  );
  return (
    <>
      <Controller
        control={control}
        name="sweep"
        render={({ field, fieldState }) => (
          <Field label="Learn from the best of" error={fieldState.error?.message}>
            {({ id, describedBy, invalid }) => (
              <Combobox
                id={id}
                describedBy={describedBy}
                invalid={invalid}
                options={options}
                value={field.value}
                onChange={field.onChange}
                placeholder="Choose a sweep"
                empty={sweeps.length === 0 ? "No sweep on this dataset has ended yet" : "No sweep matches"}
                testId="distil-sweep"
              />
            )}
          </Field>
        )}
      />
      <ChoicePart control={control} name="sweepPlatform" label="Its best on" options={SWEEP_PLATFORMS} />
    </>
  );
}

/** Whose outputs the student learns, with its numbers. */
export function TeacherFields({ control: about, dataset }: { control: DistillationFormControl; dataset: Dataset }) {
  const { form, student, teachers, sweeps } = about;
  const { control } = form;
  const values = useWatch({ control }) as DistillationFormValues;
  const isTrained = values.teacher === "train";
  return (
    <>
      <div data-testid="distil-teacher" className="flex flex-col gap-2 p-3">
        <p className="font-semibold">Teacher</p>
        <Segmented
          label="Who teaches"
          options={KINDS}
          value={values.teacher}
          onChange={(kind) => {
            form.setValue("teacher", kind, { shouldDirty: true });
            form.clearErrors(["run", "ensemble", "sweep"]);
          }}
          isWide
        />
        {values.teacher === "run" ? <OneRun control={control} teachers={teachers} /> : null}
        {values.teacher === "ensemble" ? <Ensemble control={control} teachers={teachers} /> : null}
        {values.teacher === "sweep" ? <BestOfSweep control={control} sweeps={sweeps} /> : null}
        {isTrained ? (
          <p className="text-sm text-soft">
            A large network is trained first, with settings that suit most tables, on the first platform chosen below. It is
            kept as a run.
          </p>
        ) : (
          <>
            <TeacherNumbers runs={teachersOf(values, teachers)} />
            <p className="text-sm text-faint">Target, columns and split are the teacher’s: no row that tests it trains the student.</p>
          </>
        )}
      </div>
      {isTrained ? (
        <Disclosure title="What both learn" defaultOpen>
          <AboutFields dataset={dataset} about={student} />
        </Disclosure>
      ) : null}
    </>
  );
}
