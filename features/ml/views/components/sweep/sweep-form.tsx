import { useWatch, useFormState, type Control } from "react-hook-form";
import { Button } from "@ui/components/primitives/button";
import { Combobox } from "@ui/components/primitives/combobox";
import { Disclosure } from "@ui/components/primitives/disclosure";
import { Note } from "@ui/components/primitives/note";
import { useBrokenRuntime } from "../../../hooks/use-runtimes";
import { useSweepForm, useSweepStart, type SweepFormControl } from "../../../hooks/use-sweep-form";
import { setMode } from "../../../orchestrators/sweep-pages";
import { parametersLeft, PRESET_NAMES, type PresetName, type SweepFormValues } from "../../../state/sweep-form";
import type { ParameterName } from "../../../state/sweep-parameters";
import { suggestedTask } from "../../../state/training-form";
import { PLATFORM_LOOKS, type Dataset, type Platform } from "../../../types";
import { AboutFields } from "../about-fields";
import { ErrorNote } from "../error-note";
import { PlatformMark } from "../platform-mark";
import { DataGroup } from "../setting-groups";
import { PlanSummary } from "./plan-summary";
import { SearchGroup } from "./search-group";
import { SpaceJson } from "./space-json";
import { SpaceRowFields } from "./space-row";

const PRESETS: readonly PresetName[] = ["quick", "thorough"];

function SpaceError({ control }: { control: Control<SweepFormValues> }) {
  const { errors } = useFormState({ control });
  const message = (errors as { space?: { message?: string } }).space?.message;
  return message === undefined ? null : (
    <p role="alert" data-testid="space-error" className="py-1 text-sm text-danger">
      {message}
    </p>
  );
}

function SpaceGroup({ control }: { control: SweepFormControl }) {
  const { form, applyPreset, addRow, removeRow } = control;
  const rows = useWatch({ control: form.control, name: "rows" });
  const left = parametersLeft(rows);
  return (
    <Disclosure title="What varies" defaultOpen>
      <div className="px-3 pb-3">
        <div className="flex items-center gap-2 pb-2">
          <span className="text-sm text-soft">Start from</span>
          {PRESETS.map((name) => (
            <Button
              key={name}
              onClick={() => {
                applyPreset(name);
              }}
              data-testid={`preset-${name}`}
            >
              {PRESET_NAMES[name]}
            </Button>
          ))}
        </div>
        {rows.map((row, index) => (
          <SpaceRowFields key={row.name} control={form.control} index={index} name={row.name} onRemove={removeRow} />
        ))}
        {left.length === 0 ? null : (
          <div className="border-t border-line pt-2">
            <Combobox
              // Anew after each choice, since nothing stays chosen.
              key={rows.length}
              label="Vary another setting"
              options={left.map(({ name, label }) => ({ value: name, label, detail: name }))}
              value={null}
              onChange={(name) => {
                addRow(name as ParameterName);
              }}
              placeholder="Vary another setting…"
              empty="No setting matches"
              testId="space-add"
            />
          </div>
        )}
        <SpaceError control={form.control} />
      </div>
    </Disclosure>
  );
}

/** Settings on the training side that stand in the way. */
function Elsewhere({ messages }: { messages: readonly string[] }) {
  if (messages.length === 0) return null;
  return (
    <Note
      tone="danger"
      title="A setting that stays the same is refused"
      actions={
        <Button
          onClick={() => {
            setMode("train");
          }}
        >
          Show under Train
        </Button>
      }
    >
      {messages.join("; ")}
    </Note>
  );
}

/** Which settings vary and how, who proposes and who judges, and the button that starts it. */
export function SweepForm({ dataset, platform }: { dataset: Dataset; platform: Platform }) {
  const control = useSweepForm(dataset);
  const { form, about, start, elsewhere } = control;
  const outcome = useSweepStart();
  const both = useWatch({ control: form.control, name: "both" });
  const target = useWatch({ control: about.form.control, name: "target" });
  const task = useWatch({ control: about.form.control, name: "task" });
  const brokenHere = useBrokenRuntime(platform);
  const brokenPytorch = useBrokenRuntime("pytorch");
  const brokenTensorflow = useBrokenRuntime("tensorflow");
  const isBroken = both ? brokenPytorch !== null || brokenTensorflow !== null : brokenHere !== null;
  const isStarting = outcome.state === "starting";
  const isRegression = (task === "auto" ? suggestedTask(dataset, target) : task) === "regression";
  return (
    <form
      data-testid="SweepForm"
      aria-label="Sweep"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBroken && !isStarting) void start(platform);
      }}
    >
      <AboutFields dataset={dataset} about={about} />
      <SpaceGroup control={control} />
      <Disclosure title="The same as JSON">
        <SpaceJson control={control} />
      </Disclosure>
      <SearchGroup control={form.control} dataset={dataset} target={target} task={task} platform={platform} />
      <DataGroup form={about.form} dataset={dataset} isClassification={!isRegression} />
      <div className="sticky bottom-0 flex flex-col gap-2 rounded-b-lg border-t border-line bg-surface p-3">
        <PlanSummary control={control} dataset={dataset} platform={platform} />
        <Elsewhere messages={elsewhere} />
        {outcome.state === "failed" ? (
          <ErrorNote what="The sweep did not start" error={outcome.error} testId="start-error" />
        ) : null}
        <Button type="submit" look="primary" disabled={isBroken || isStarting} data-testid="sweep-button">
          {both ? (
            <>
              <PlatformMark platform="pytorch" />
              <PlatformMark platform="tensorflow" />
              Sweep on both
            </>
          ) : (
            `Sweep on ${PLATFORM_LOOKS[platform].name}`
          )}
        </Button>
      </div>
    </form>
  );
}
