/** Everything about a dataset beside its table: where it came from, what a person keeps with it, versions, room. */
import { useState, type ReactNode } from "react";
import { Button } from "@ui/components/primitives/button";
import { Dialog } from "@ui/components/primitives/dialog";
import { Field } from "@ui/components/primitives/field";
import { TextArea } from "@ui/components/primitives/text-area";
import { formatBytes, formatCount, formatCounted, formatMoment, MISSING } from "@ui/lib/format";
import { useDatasetDetails, useRelatives } from "../../hooks/use-dataset-details";
import { useDatasetTrouble } from "../../hooks/use-datasets";
import { useIsNewest, useSourceState } from "../../hooks/use-sources";
import { noteDataset, selectDataset, tagDataset } from "../../orchestrators/datasets";
import { usesInWords } from "../../state/dataset-uses";
import { decisionsInWords, sentenceOf } from "../../state/reading-words";
import type { Dataset, DatasetDetails, SourceState } from "../../types";
import { ErrorNote } from "./error-note";
import { RefreshButton } from "./source-note";
import { TagList } from "./tag-list";

function Fact({ name, testId, children }: { name: string; testId?: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd data-testid={testId} className="figures min-w-0 break-words">
        {children}
      </dd>
    </>
  );
}

const STATES: Record<SourceState, string> = {
  unknown: "Whether it has changed cannot be told.",
  missing: "It is not there any more.",
  unchanged: "It has not changed since.",
  changed: "It has changed since.",
};

function Origin({ dataset }: { dataset: Dataset }) {
  const { source, source_file, sheet, attribution, is_sample } = dataset;
  const state = useSourceState(dataset);
  const isNewest = useIsNewest(dataset);
  return (
    <>
      <span className="break-all">{source?.path ?? source_file}</span>
      {sheet === null ? null : <span> · sheet {sheet}</span>}
      {attribution === null ? null : <span className="block text-soft">{attribution}</span>}
      {source === null ? (
        is_sample ? null : (
          <span className="block text-soft">Where the file lies was not kept at its import; open it again to follow it.</span>
        )
      ) : (
        <span className="mt-1 flex flex-wrap items-center gap-2 text-soft">
          {state === null ? (isNewest ? "" : "A newer version follows the file.") : STATES[state]}
          {isNewest ? <RefreshButton dataset={dataset} /> : null}
        </span>
      )}
    </>
  );
}

function diskInWords({ disk: { table_bytes, view_bytes, prepared_bytes } }: DatasetDetails): string {
  const all = (table_bytes ?? 0) + (view_bytes ?? 0) + (prepared_bytes ?? 0);
  const parts = [
    `table ${formatBytes(table_bytes)}`,
    view_bytes === 0 ? null : `for quick looks ${formatBytes(view_bytes)}`,
    prepared_bytes === 0 ? null : `prepared for training ${formatBytes(prepared_bytes)}`,
  ].filter((part) => part !== null);
  return parts.length === 1 ? formatBytes(all) : `${formatBytes(all)}: ${parts.join(", ")}`;
}

function Facts({ dataset }: { dataset: Dataset }) {
  const [now] = useState(() => Date.now());
  const details = useDatasetDetails(dataset, true);
  const decided = dataset.source === null ? [] : decisionsInWords(dataset.source.reading);
  const known = details.state === "ready" ? details.value : null;
  return (
    <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-x-3 gap-y-1.5">
      <Fact name="From" testId="dataset-origin">
        <Origin dataset={dataset} />
      </Fact>
      <Fact name="Imported">{formatMoment(dataset.imported_at, now)}</Fact>
      <Fact name="Read" testId="dataset-reading">
        {decided.length === 0 ? "As found in the file." : sentenceOf(decided)}
      </Fact>
      <Fact name="Used by" testId="dataset-uses">
        {known === null ? MISSING : (usesInWords(known) ?? "Nothing was trained on it.")}
      </Fact>
      <Fact name="On disk" testId="dataset-disk">
        {known === null ? MISSING : diskInWords(known)}
      </Fact>
      {details.state === "failed" ? (
        <dd className="col-span-2">
          <ErrorNote what="What it takes up could not be found out" error={details.error} />
        </dd>
      ) : null}
    </dl>
  );
}

function Relative({ one, current, onShow }: { one: Dataset; current: Dataset; onShow: (one: Dataset) => void }) {
  const [now] = useState(() => Date.now());
  return (
    <li className="flex min-h-7 items-center gap-3 border-b border-line last:border-0">
      <span className="figures w-16 shrink-0 text-soft">Version {formatCount(one.version)}</span>
      <span className="min-w-0 flex-1 truncate" title={one.name}>
        {one.name}
      </span>
      <span className="figures shrink-0 text-sm text-faint">
        {formatCounted(one.n_rows, "row")} · {formatMoment(one.imported_at, now)}
      </span>
      {one.id === current.id ? (
        <span className="w-14 text-center text-sm text-faint">shown</span>
      ) : (
        <Button
          look="quiet"
          className="w-14"
          aria-label={`Show ${one.name}`}
          onClick={() => {
            onShow(one);
          }}
        >
          Show
        </Button>
      )}
    </li>
  );
}

function Relatives({ title, list, current, onShow }: { title: string; list: readonly Dataset[]; current: Dataset; onShow: (one: Dataset) => void }) {
  return (
    <section aria-label={title}>
      <h3 className="text-sm text-soft">{title}</h3>
      <ul className="max-h-40 overflow-y-auto">
        {list.map((one) => (
          <Relative key={one.id} one={one} current={current} onShow={onShow} />
        ))}
      </ul>
    </section>
  );
}

interface NotesProps {
  text: string;
  onChange: (text: string) => void;
  onKeep: () => void;
}

function Notes({ text, onChange, onKeep }: NotesProps) {
  return (
    <Field label="Notes" hint="Found by typing in the list of datasets, as tags are">
      {({ id, describedBy }) => (
        <TextArea
          id={id}
          aria-describedby={describedBy}
          data-testid="dataset-notes"
          rows={3}
          maxLength={10_000}
          className="font-sans"
          value={text}
          onChange={(event) => {
            onChange(event.currentTarget.value);
          }}
          onBlur={onKeep}
        />
      )}
    </Field>
  );
}

interface DatasetDialogProps {
  dataset: Dataset;
  onClose: () => void;
}

export function DatasetDialog({ dataset, onClose }: DatasetDialogProps) {
  const trouble = useDatasetTrouble(dataset.id);
  const { versions, others } = useRelatives(dataset);
  const [notes, setNotes] = useState(dataset.notes);
  const keep = () => void noteDataset(dataset, notes);
  // Escape takes the field away before it loses the focus.
  const close = () => {
    keep();
    onClose();
  };
  const show = (one: Dataset) => {
    close();
    selectDataset(one.id);
  };
  return (
    <Dialog open width="medium" title={dataset.name} onClose={close} testId="dataset-dialog">
      <div className="-mx-1 flex min-h-0 flex-col gap-3 overflow-y-auto px-1 pb-1">
        {trouble === null ? null : <ErrorNote error={trouble} />}
        <Facts dataset={dataset} />
        <div>
          <p className="mb-0.5 text-sm text-soft">Tags</p>
          <TagList tags={dataset.tags} onChange={(tags) => void tagDataset(dataset, tags)} />
        </div>
        <Notes text={notes} onChange={setNotes} onKeep={keep} />
        {versions.length > 1 ? <Relatives title="Versions of the file" list={versions} current={dataset} onShow={show} /> : null}
        {others.length > 0 ? <Relatives title="Also from this file" list={others} current={dataset} onShow={show} /> : null}
      </div>
      <div className="flex justify-end">
        <Button onClick={close}>Close</Button>
      </div>
    </Dialog>
  );
}
