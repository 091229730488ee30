import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { Popover } from "@ui/components/primitives/popover";
import { Segmented } from "@ui/components/primitives/segmented";
import { Select } from "@ui/components/primitives/select";
import { TextInput } from "@ui/components/primitives/text-input";
import { formatPlain } from "@ui/lib/format";
import { brushTrials, filterTrials } from "../../../orchestrators/sweeps";
import { parameterLabel } from "../../../state/sweep-parameters";
import { valueText } from "../../../state/sweep-space";
import { toNumber } from "../../../state/training-form";
import { isFiltered, NO_BRUSH, NO_FILTER, withRange, withValues, type TrialView } from "../../../state/trial-view";
import {
  PLATFORM_LOOKS,
  PLATFORMS,
  TRIAL_STATUS_NAMES,
  TRIAL_STATUSES,
  type JobId,
  type ParameterValue,
  type Platform,
  type SweepJob,
  type TrialFilter,
  type TrialRange,
} from "../../../types";
import type { TrialField } from "./trial-columns";

const REST_MS = 200;

function Search({ id, search }: { id: JobId; search: string }) {
  const [text, setText] = useState(search);
  useEffect(() => {
    const timer = setTimeout(() => {
      filterTrials(id, (filter) => (filter.search === text ? filter : { ...filter, search: text }));
    }, REST_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [id, text]);
  return (
    <TextInput
      type="search"
      aria-label="Search trials"
      placeholder="Search trials"
      className="max-w-40"
      data-testid="trials-search"
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
      }}
    />
  );
}

function toggled<T>(list: readonly T[], item: T, on: boolean): T[] {
  const others = list.filter((one) => one !== item);
  return on ? [...others, item] : others;
}

function StatusFilter({ id, filter }: { id: JobId; filter: TrialFilter }) {
  const { statuses } = filter;
  return (
    <Popover
      title="Only trials that are"
      trigger={
        <Button data-testid="filter-status">State{statuses.length === 0 ? "" : `: ${statuses.length}`}</Button>
      }
    >
      {TRIAL_STATUSES.map((status) => (
        <Checkbox
          key={status}
          checked={statuses.includes(status)}
          onChange={(on) => {
            filterTrials(id, (before) => ({ ...before, statuses: toggled(before.statuses, status, on) }));
          }}
        >
          {TRIAL_STATUS_NAMES[status]}
        </Checkbox>
      ))}
    </Popover>
  );
}

/** The values that a parameter of the space can have, where they can be listed. */
function valuesOf({ spec }: SweepJob, name: string): readonly ParameterValue[] {
  const space = spec.space[name];
  return typeof space === "object" && space !== null && "choice" in space ? space.choice : [];
}

function RangeInputs({ id, filter, field }: { id: JobId; filter: TrialFilter; field: TrialField }) {
  const now = filter.ranges.find((one) => JSON.stringify(one.column) === JSON.stringify(field.by));
  const [min, setMin] = useState(formatPlain(now?.min));
  const [max, setMax] = useState(formatPlain(now?.max));
  const end = (text: string) => (text.trim() === "" ? null : toNumber(text));
  const [low, high] = [end(min), end(max)];
  const isFit = !Number.isNaN(low) && !Number.isNaN(high);
  return (
    <form
      className="mt-2 flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (isFit) filterTrials(id, (before) => withRange(before, { column: field.by, min: low, max: high }));
      }}
    >
      <TextInput
        numeric
        aria-label={`${field.name}, at least`}
        placeholder="at least"
        aria-invalid={Number.isNaN(low)}
        value={min}
        onChange={(event) => {
          setMin(event.currentTarget.value);
        }}
      />
      <TextInput
        numeric
        aria-label={`${field.name}, at most`}
        placeholder="at most"
        aria-invalid={Number.isNaN(high)}
        value={max}
        onChange={(event) => {
          setMax(event.currentTarget.value);
        }}
      />
      <Button type="submit" disabled={!isFit}>
        Apply
      </Button>
    </form>
  );
}

function ValueTicks({ job, filter, name }: { job: SweepJob; filter: TrialFilter; name: string }) {
  const chosen = filter.values.find((one) => one.name === name)?.values ?? [];
  const texts = chosen.map(valueText);
  return (
    <div className="mt-1">
      {valuesOf(job, name).map((value) => (
        <Checkbox
          key={valueText(value)}
          checked={texts.includes(valueText(value))}
          onChange={(on) => {
            filterTrials(job.id, (before) =>
              withValues(before, name, on ? [...chosen, value] : chosen.filter((one) => valueText(one) !== valueText(value))),
            );
          }}
        >
          {valueText(value)}
        </Checkbox>
      ))}
    </div>
  );
}

function ColumnFilter({ job, filter, fields }: { job: SweepJob; filter: TrialFilter; fields: readonly TrialField[] }) {
  const listed = (field: TrialField) => field.by.column === "parameter" && valuesOf(job, field.by.name).length > 0;
  const usable = fields.filter((field) => field.isNumeric || listed(field));
  const [key, setKey] = useState(usable[0]?.key ?? "");
  const field = usable.find((one) => one.key === key) ?? usable[0];
  if (field === undefined) return null;
  return (
    <Popover title="Only trials with" trigger={<Button data-testid="filter-column">Filter…</Button>}>
      <Select
        label="Column to filter by"
        options={usable.map((one) => ({ value: one.key, label: one.name }))}
        value={field.key}
        onChange={setKey}
      />
      {field.by.column === "parameter" && listed(field) ? (
        <ValueTicks job={job} filter={filter} name={field.by.name} />
      ) : (
        <RangeInputs key={field.key} id={job.id} filter={filter} field={field} />
      )}
    </Popover>
  );
}

type PlatformChoice = "all" | Platform;

function PlatformFilter({ id, filter }: { id: JobId; filter: TrialFilter }) {
  return (
    <Segmented<PlatformChoice>
      label="Platform"
      options={[
        { value: "all", label: "Both" },
        ...PLATFORMS.map((value) => ({ value, label: PLATFORM_LOOKS[value].name, testId: `filter-${value}` })),
      ]}
      value={filter.platforms[0] ?? "all"}
      onChange={(choice) => {
        filterTrials(id, (before) => ({ ...before, platforms: choice === "all" ? [] : [choice] }));
      }}
    />
  );
}

function Chip({ children, onRemove }: { children: string; onRemove: () => void }) {
  return (
    <li className="flex h-6 items-center gap-0.5 rounded-full border border-line-strong bg-sunken pl-2 text-sm">
      <span className="figures">{children}</span>
      <button
        type="button"
        aria-label={`Remove filter: ${children}`}
        className="flex size-5 items-center justify-center rounded-full text-soft hover:text-ink"
        onClick={onRemove}
      >
        <X size={11} aria-hidden />
      </button>
    </li>
  );
}

/** "Learning rate 0.001 to 0.01", "Time at most 3" */
export function rangeText({ min, max }: TrialRange, name: string): string {
  const text = (value: number) => formatPlain(Number(value.toPrecision(4)));
  if (min === null) return `${name} at most ${text(max ?? Number.NaN)}`;
  return max === null ? `${name} at least ${text(min)}` : `${name} ${text(min)} to ${text(max)}`;
}

function Chips({ id, view, fields }: { id: JobId; view: TrialView; fields: readonly TrialField[] }) {
  const { filter, brush } = view;
  const nameOf = (range: TrialRange) =>
    fields.find((field) => JSON.stringify(field.by) === JSON.stringify(range.column))?.name ?? range.column.column;
  const isBrushed = brush.ranges.length + brush.values.length > 0;
  if (!isFiltered(filter) && !isBrushed) return null;
  return (
    <ul className="order-last flex w-full flex-wrap items-center gap-1.5" aria-label="Filters">
      {filter.statuses.map((status) => (
        <Chip
          key={status}
          onRemove={() => {
            filterTrials(id, (before) => ({ ...before, statuses: toggled(before.statuses, status, false) }));
          }}
        >
          {TRIAL_STATUS_NAMES[status]}
        </Chip>
      ))}
      {filter.ranges.map((range) => (
        <Chip
          key={nameOf(range)}
          onRemove={() => {
            filterTrials(id, (before) => withRange(before, { ...range, min: null, max: null }));
          }}
        >
          {rangeText(range, nameOf(range))}
        </Chip>
      ))}
      {filter.values.map(({ name, values }) => (
        <Chip
          key={name}
          onRemove={() => {
            filterTrials(id, (before) => withValues(before, name, []));
          }}
        >
          {`${parameterLabel(name)} ${values.map(valueText).join(", ")}`}
        </Chip>
      ))}
      {isBrushed ? (
        <Chip
          onRemove={() => {
            brushTrials(id, NO_BRUSH);
          }}
        >
          {`Drawn: ${[...brush.ranges.map(nameOf), ...brush.values.map(({ name }) => parameterLabel(name))].join(", ")}`}
        </Chip>
      ) : null}
      <li>
        <Button
          look="quiet"
          className="h-6 px-2"
          onClick={() => {
            filterTrials(id, (before) => ({ ...NO_FILTER, search: before.search, platforms: before.platforms }));
            brushTrials(id, NO_BRUSH);
          }}
        >
          Clear
        </Button>
      </li>
    </ul>
  );
}

interface TrialFiltersProps {
  job: SweepJob;
  view: TrialView;
  fields: readonly TrialField[];
}

/** What to leave out of the table and the charts, and what is left out now. */
export function TrialFilters({ job, view, fields }: TrialFiltersProps) {
  return (
    <>
      <Search key={job.id} id={job.id} search={view.filter.search} />
      {job.spec.platforms.length > 1 ? <PlatformFilter id={job.id} filter={view.filter} /> : null}
      <StatusFilter id={job.id} filter={view.filter} />
      <ColumnFilter job={job} filter={view.filter} fields={fields} />
      <Chips id={job.id} view={view} fields={fields} />
    </>
  );
}
