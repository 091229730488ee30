import { X } from "lucide-react";
import { useId, type ReactNode } from "react";
import { Controller, useFormState, useWatch, type Control } from "react-hook-form";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { Segmented } from "@ui/components/primitives/segmented";
import { Select } from "@ui/components/primitives/select";
import { TextInput } from "@ui/components/primitives/text-input";
import type { SweepFormValues } from "../../../state/sweep-form";
import { parameterOf, type Parameter } from "../../../state/sweep-parameters";
import { conditionInWords, conditionOf, type RowKind, type SpaceRow } from "../../../state/sweep-space";

type TextField = "fixed" | "choice" | "min" | "max" | "step" | "layersMin" | "layersMax" | "taperMin" | "taperMax";

interface PartProps {
  control: Control<SweepFormValues>;
  index: number;
  parameter: Parameter;
  /** Of the text that says what is wrong with the row. */
  troubleId: string;
}

function TextPart(props: PartProps & { field: TextField; name: string; placeholder?: string; isList?: boolean }) {
  const { control, index, parameter, troubleId, field, name, placeholder, isList = false } = props;
  return (
    <Controller
      control={control}
      name={`rows.${index}.${field}`}
      render={({ field: bound, fieldState }) => (
        <TextInput
          {...bound}
          numeric={!isList}
          placeholder={placeholder}
          aria-label={`${parameter.label}, ${name}`}
          aria-invalid={fieldState.invalid}
          aria-describedby={fieldState.invalid ? troubleId : undefined}
          data-testid={`space-${parameter.name}-${field}`}
        />
      )}
    />
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <span aria-hidden className="self-center text-sm text-soft">
        {label}
      </span>
      {children}
    </>
  );
}

const GRID = "grid grid-cols-[3.25rem_minmax(0,1fr)_minmax(0,1fr)] items-start gap-x-2 gap-y-1";

function LogAndStep(props: PartProps & { isLog: boolean }) {
  const { control, index, parameter, isLog } = props;
  return (
    <Labelled label="Spread">
      <Controller
        control={control}
        name={`rows.${index}.log`}
        render={({ field }) => (
          <Checkbox checked={field.value} onChange={field.onChange}>
            <span title={`${parameter.label}: evenly by order of magnitude`}>log</span>
          </Checkbox>
        )}
      />
      {isLog ? <span /> : <TextPart {...props} field="step" name="step" placeholder="any step" />}
    </Labelled>
  );
}

function FixedPart(props: PartProps) {
  const { control, index, parameter } = props;
  if (parameter.options.length === 0) {
    const placeholder = parameter.kind === "layers" ? "64-64, or linear" : parameter.canBeOff ? "off" : undefined;
    return <TextPart {...props} field="fixed" name="value" placeholder={placeholder} isList={parameter.kind === "layers"} />;
  }
  return (
    <Controller
      control={control}
      name={`rows.${index}.fixed`}
      render={({ field }) => (
        <Select
          label={`${parameter.label}, value`}
          options={parameter.options}
          value={field.value}
          onChange={field.onChange}
          testId={`space-${parameter.name}-fixed`}
        />
      )}
    />
  );
}

function ChoicePart(props: PartProps) {
  const { control, index, parameter } = props;
  if (parameter.options.length === 0) {
    const placeholder = parameter.kind === "layers" ? "32, 64, 64-64" : "values apart by commas";
    return <TextPart {...props} field="choice" name="values to choose from" placeholder={placeholder} isList />;
  }
  return (
    <Controller
      control={control}
      name={`rows.${index}.picked`}
      render={({ field }) => (
        <div role="group" aria-label={`${parameter.label}, values to choose from`} className="grid grid-cols-3 gap-x-2">
          {parameter.options.map((option, place) => (
            <Checkbox
              key={option.value}
              // The first stands for the group where focus goes to what is wrong.
              inputRef={place === 0 ? field.ref : undefined}
              checked={field.value.includes(option.value)}
              onChange={(on) => {
                const others = field.value.filter((value) => value !== option.value);
                field.onChange(on ? [...others, option.value] : others);
              }}
            >
              <span className="truncate">{option.label}</span>
            </Checkbox>
          ))}
        </div>
      )}
    />
  );
}

function RangePart(props: PartProps & { row: SpaceRow }) {
  return (
    <div className={GRID}>
      <Labelled label="From, to">
        <TextPart {...props} field="min" name="smallest" />
        <TextPart {...props} field="max" name="largest" />
      </Labelled>
      <LogAndStep {...props} isLog={props.row.log} />
    </div>
  );
}

function UnitsPart(props: PartProps & { row: SpaceRow }) {
  return (
    <div className={GRID}>
      <Labelled label="Layers">
        <TextPart {...props} field="layersMin" name="fewest layers" />
        <TextPart {...props} field="layersMax" name="most layers" />
      </Labelled>
      <Labelled label="Units">
        <TextPart {...props} field="min" name="fewest units of the first layer" />
        <TextPart {...props} field="max" name="most units of the first layer" />
      </Labelled>
      <LogAndStep {...props} isLog={props.row.log} />
      <Labelled label="Taper">
        <TextPart {...props} field="taperMin" name="each layer as a share of the one before, smallest" placeholder="as wide" />
        <TextPart {...props} field="taperMax" name="each layer as a share of the one before, largest" placeholder="as wide" />
      </Labelled>
    </div>
  );
}

function kindsOf({ kind, options }: Parameter): { value: RowKind; label: string }[] {
  const range: { value: RowKind; label: string }[] =
    options.length > 0 ? [] : [{ value: kind === "layers" ? "units" : "range", label: "range" }];
  return [{ value: "fixed", label: "fixed" }, { value: "choice", label: "choice" }, ...range];
}

/** What is wrong with a row, all in one place below it. */
function Trouble({ control, index, id }: { control: Control<SweepFormValues>; index: number; id: string }) {
  const { errors } = useFormState({ control, name: `rows.${index}` as const });
  const messages = Object.values(errors.rows?.[index] ?? {})
    .map((one) => (typeof one === "object" && one !== null && "message" in one ? String(one.message) : ""))
    .filter((message) => message !== "");
  if (messages.length === 0) return null;
  return (
    <p id={id} role="alert" className="text-sm break-words text-danger">
      {[...new Set(messages)].join("; ")}
    </p>
  );
}

interface SpaceRowFieldsProps {
  control: Control<SweepFormValues>;
  index: number;
  name: SpaceRow["name"];
  onRemove: (name: SpaceRow["name"]) => void;
}

/** One parameter: fixed, one of a list, or a range. */
export function SpaceRowFields({ control, index, name, onRemove }: SpaceRowFieldsProps) {
  const rows = useWatch({ control, name: "rows" });
  const troubleId = useId();
  const row = rows[index];
  const parameter = parameterOf(name);
  // While rows are replaced, the list is a moment ahead of the fields.
  if (row?.name !== name || parameter === undefined) return null;
  const part = { control, index, parameter, troubleId };
  const condition = conditionOf(row, rows);
  return (
    <div role="group" aria-label={parameter.label} data-testid={`space-${name}`} className="flex flex-col gap-1 border-t border-line py-1.5">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{parameter.label}</span>
        <Controller
          control={control}
          name={`rows.${index}.kind`}
          render={({ field }) => (
            <Segmented
              label={`${parameter.label}: how it varies`}
              options={kindsOf(parameter)}
              value={field.value}
              onChange={field.onChange}
            />
          )}
        />
        <Button
          look="quiet"
          square
          className="-mr-1.5"
          aria-label={`Leave out ${parameter.label}`}
          title="Leave out: the value set under Train holds"
          onClick={() => {
            onRemove(name);
          }}
        >
          <X size={12} aria-hidden />
        </Button>
      </div>
      {row.kind === "fixed" ? <FixedPart {...part} /> : null}
      {row.kind === "choice" ? <ChoicePart {...part} /> : null}
      {row.kind === "range" ? <RangePart {...part} row={row} /> : null}
      {row.kind === "units" ? <UnitsPart {...part} row={row} /> : null}
      {condition === null ? null : <p className="text-sm text-faint">Only where {conditionInWords(condition)}</p>}
      <Trouble control={control} index={index} id={troubleId} />
    </div>
  );
}
