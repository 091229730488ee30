import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { Popover } from "@ui/components/primitives/popover";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { SelectGrid } from "@ui/components/table/select-grid";
import { formatCount } from "@ui/lib/format";
import { useTrialRows, useTrialView } from "../../../hooks/use-sweeps";
import {
  chooseColumns,
  cloneTrial,
  exportTrials,
  readRange,
  selectOnly,
  selectTrials,
  sortTrials,
} from "../../../orchestrators/sweeps";
import { isHigherBetter } from "../../../state/trial-charts";
import { isFiltered, refKey, refOf, type TrialView } from "../../../state/trial-view";
import { isOpenEnded, type SweepJob, type SweepSnapshot, type Trial, type TrialsFormat } from "../../../types";
import { ErrorNote } from "../error-note";
import { gridColumns, shownFields, trialFields, type TrialField } from "./trial-columns";
import { CompareDialog, TrialDialog, trialName } from "./trial-dialogs";
import { TrialFilters } from "./trial-filters";

const HEIGHT = 420;
/** More side by side would be a table that nobody reads. */
const MOST_COMPARED = 8;

function ColumnPicker({ job, view, fields }: { job: SweepJob; view: TrialView; fields: readonly TrialField[] }) {
  const shown = new Set(shownFields(fields, view.columns).map((field) => field.key));
  return (
    <Popover title="Columns" trigger={<Button data-testid="column-picker">Columns</Button>}>
      {fields
        .filter((field) => !field.isFixed)
        .map((field) => (
          <Checkbox
            key={field.key}
            checked={shown.has(field.key)}
            onChange={(on) => {
              chooseColumns(job.id, on ? [...shown, field.key] : [...shown].filter((key) => key !== field.key));
            }}
          >
            {field.name}
          </Checkbox>
        ))}
      <Button
        look="quiet"
        className="px-0"
        onClick={() => {
          chooseColumns(job.id, null);
        }}
      >
        As at first
      </Button>
    </Popover>
  );
}

const FORMATS: readonly { format: TrialsFormat; label: string }[] = [
  { format: "csv", label: "CSV…" },
  { format: "json", label: "JSON…" },
];

function ExportPicker({ job }: { job: SweepJob }) {
  const [isOpen, setIsOpen] = useState(false);
  const [isDone, setIsDone] = useState(false);
  return (
    <Popover
      title="Trials that the filter lets through"
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger={<Button data-testid="export-trials">{isDone ? "Exported" : "Export"}</Button>}
    >
      <div className="flex gap-2">
        {FORMATS.map(({ format, label }) => (
          <Button
            key={format}
            onClick={() => {
              setIsOpen(false);
              void exportTrials(job, format).then(setIsDone);
            }}
          >
            {label}
          </Button>
        ))}
      </div>
    </Popover>
  );
}

interface SelectionBarProps {
  job: SweepJob;
  view: TrialView;
  /** Those of the selection that are known in full. */
  trials: readonly Trial[];
  onCompare: () => void;
}

function SelectionBar({ job, view, trials, onCompare }: SelectionBarProps) {
  const n = view.selected.length;
  const [only] = trials;
  if (n === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line px-3 py-1.5" data-testid="selection-bar">
      <span className="figures font-medium">{formatCount(n)} selected</span>
      <span className="text-soft">their curves are drawn under Curves</span>
      <span className="ml-auto" />
      {n === 1 && only !== undefined ? (
        <Button
          onClick={() => {
            cloneTrial(job, only);
          }}
        >
          Clone into Train
        </Button>
      ) : null}
      {n > 1 ? (
        <Button
          disabled={trials.length < 2}
          title={n > MOST_COMPARED ? `The first ${MOST_COMPARED}` : undefined}
          onClick={onCompare}
          data-testid="compare-trials"
        >
          Compare
        </Button>
      ) : null}
      <Button
        onClick={() => {
          selectOnly(job.id, []);
        }}
      >
        Clear selection
      </Button>
    </div>
  );
}

function emptyNote(job: SweepJob, view: TrialView): ReactNode {
  if (isFiltered(view.filter) || view.brush.ranges.length + view.brush.values.length > 0) {
    return <Empty title="No trial matches">Take a filter away, or search for something else.</Empty>;
  }
  return isOpenEnded(job.status) ? (
    <Empty title="No trials yet">The first appears as soon as it is proposed.</Empty>
  ) : (
    <Empty title="No trials">The sweep ended before any was proposed. Extend it, or start another.</Empty>
  );
}

interface TrialsDataTableProps {
  job: SweepJob;
  snapshot: SweepSnapshot;
  /** Told once the first rows are there, or are known not to come. */
  onListed: () => void;
}

/** Every trial of a sweep, to sort, filter, pick and open. Mount anew for another sweep. */
export function TrialsDataTable({ job, snapshot, onListed }: TrialsDataTableProps) {
  const { id, spec } = job;
  const view = useTrialView(id);
  const higher = isHigherBetter(snapshot.objective);
  const rows = useTrialRows(id, view, higher);
  const [opened, setOpened] = useState<Trial | null>(null);
  const [isComparing, setIsComparing] = useState(false);
  /** Trials picked, as they were then; the view keeps only what they are called. */
  const [known, setKnown] = useState<ReadonlyMap<string, Trial>>(new Map());

  const { objective } = snapshot;
  const sweptKey = snapshot.swept.join("\n");
  const { platforms } = view.filter;
  const pinned = useMemo(
    () =>
      snapshot.best
        .map((one) => one.trial)
        .filter((trial) => platforms.length === 0 || platforms.includes(trial.platform)),
    [snapshot.best, platforms],
  );
  const bestKey = snapshot.best.map((one) => refKey(one.trial)).join("\n");
  const best = useMemo(() => new Set(bestKey.split("\n")), [bestKey]);
  const fields = useMemo(
    () =>
      trialFields({
        isBest: (trial) => best.has(refKey(trial)),
        objective,
        swept: sweptKey === "" ? [] : sweptKey.split("\n"),
        platforms: spec.platforms,
        hasFolds: spec.resampling !== undefined && spec.resampling.kind !== "holdout",
      }),
    [best, objective, sweptKey, spec.platforms, spec.resampling],
  );
  const columns = useMemo(
    () =>
      gridColumns(shownFields(fields, view.columns), view.sort, (by, how) => {
        sortTrials(id, by, how);
      }),
    [fields, view.columns, view.sort, id],
  );
  const selected = useMemo(() => new Set(view.selected.map(refKey)), [view.selected]);
  const picked = useMemo(
    () => view.selected.flatMap((ref) => known.get(refKey(ref)) ?? []).slice(0, MOST_COMPARED),
    [view.selected, known],
  );
  const pick = useCallback(
    (trials: readonly Trial[], on: boolean) => {
      setKnown((before) => new Map([...before, ...trials.map((trial) => [refKey(trial), trial] as const)]));
      selectTrials(id, trials.map(refOf), on);
    },
    [id],
  );

  const { nMatching, nTotal } = rows;
  const isListed = nMatching !== null || rows.error !== null;
  useEffect(() => {
    if (isListed) onListed();
  }, [isListed, onListed]);
  return (
    <Panel
      title="Trials"
      aside={
        nMatching === null ? null : (
          <span className="figures text-sm text-soft" data-testid="trials-count">
            {nMatching === nTotal
              ? `${formatCount(nTotal)} in all`
              : `${formatCount(nMatching)} of ${formatCount(nTotal)}`}
          </span>
        )
      }
      testId="TrialsDataTable"
    >
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
        <TrialFilters job={job} view={view} fields={fields} />
        <span className="ml-auto flex gap-2">
          <ColumnPicker job={job} view={view} fields={fields} />
          <ExportPicker job={job} />
        </span>
      </div>
      {rows.error === null ? null : (
        <div className="p-2">
          <ErrorNote what="Trials could not be read" error={rows.error} onRetry={rows.retry} />
        </div>
      )}
      {nMatching === null ? (
        rows.error === null ? <Skeleton label="Loading trials" rows={8} className="px-3 py-1" /> : null
      ) : nMatching === 0 ? (
        emptyNote(job, view)
      ) : (
        <SelectGrid
          label="Trials"
          testId="trials-grid"
          columns={columns}
          rowCount={nMatching}
          rowAt={rows.rowAt}
          nameOf={trialName}
          pinned={pinned}
          isSelected={(trial) => selected.has(refKey(trial))}
          isHighlighted={(trial) => best.has(refKey(trial))}
          onSelect={(trial, on) => {
            pick([trial], on);
          }}
          onSelectRange={(from, to) => {
            void readRange(id, view, higher, from, to).then((trials) => {
              pick(trials, true);
            });
          }}
          onOpen={setOpened}
          onRange={rows.onRange}
          orderKey={JSON.stringify([view.sort, view.filter, view.brush])}
          height={HEIGHT}
        />
      )}
      <SelectionBar
        job={job}
        view={view}
        trials={picked}
        onCompare={() => {
          setIsComparing(true);
        }}
      />
      {opened === null ? null : (
        <TrialDialog
          job={job}
          trial={opened}
          objective={objective}
          fields={fields}
          onClose={() => {
            setOpened(null);
          }}
        />
      )}
      {isComparing ? (
        <CompareDialog
          job={job}
          trials={picked}
          fields={fields}
          onClose={() => {
            setIsComparing(false);
          }}
        />
      ) : null}
    </Panel>
  );
}
