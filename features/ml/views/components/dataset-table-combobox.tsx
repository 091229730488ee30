import { FolderOpen, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Combobox, type ComboboxOption } from "@ui/components/primitives/combobox";
import { Confirm } from "@ui/components/primitives/dialog";
import { InlineName } from "@ui/components/primitives/inline-name";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatBytes, formatCount, formatCounted } from "@ui/lib/format";
import { useCurrentDataset, useDatasets, useDatasetTrouble } from "../../hooks/use-datasets";
import { deleteDataset, loadDatasets, renameDataset, selectDataset } from "../../orchestrators/datasets";
import { openFiles } from "../../orchestrators/imports";
import type { Dataset } from "../../types";
import { ErrorNote } from "./error-note";
import { ImportNotes } from "./import/import-notes";

function optionOf(dataset: Dataset): ComboboxOption {
  return {
    value: dataset.id,
    label: dataset.name,
    detail: `${formatCount(dataset.n_rows)} × ${formatCount(dataset.columns.length)}`,
  };
}

function OpenFile() {
  return (
    <Button onClick={() => void openFiles()} data-testid="open-file">
      <FolderOpen size={13} aria-hidden />
      Open file…
    </Button>
  );
}

function Facts({ dataset }: { dataset: Dataset }) {
  const facts = [
    formatCounted(dataset.n_rows, "row"),
    formatCounted(dataset.columns.length, "column"),
    `${dataset.source_file}${dataset.sheet === null ? "" : ` · ${dataset.sheet}`}`,
    formatBytes(dataset.source_bytes),
    dataset.is_sample ? "sample" : null,
  ].filter((fact) => fact !== null);
  return (
    <p data-testid="dataset-facts" className="figures min-w-0 truncate text-soft" title={dataset.attribution ?? undefined}>
      {facts.join(" · ")}
    </p>
  );
}

function DatasetActions({ dataset }: { dataset: Dataset }) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <div className="ml-auto flex max-w-72 min-w-0 items-center gap-1">
      <InlineName
        name={dataset.name}
        showName={false}
        subject={`dataset ${dataset.name}`}
        onRename={(name) => void renameDataset(dataset, name)}
      />
      <Button
        look="quiet"
        square
        aria-label={`Delete dataset ${dataset.name}`}
        onClick={() => {
          setIsAsking(true);
        }}
      >
        <Trash2 size={13} aria-hidden />
      </Button>
      <Confirm
        open={isAsking}
        danger
        title={`Delete ${dataset.name}?`}
        action="Delete dataset"
        onConfirm={() => {
          setIsAsking(false);
          void deleteDataset(dataset);
        }}
        onClose={() => {
          setIsAsking(false);
        }}
      >
        The table is taken out of the app; {dataset.source_file} itself stays where it is. Runs on it keep their figures.
      </Confirm>
    </div>
  );
}

function Chooser({ list }: { list: readonly Dataset[] }) {
  const dataset = useCurrentDataset();
  const trouble = useDatasetTrouble(dataset?.id);
  const options = useMemo(() => list.map(optionOf), [list]);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Combobox
          label="Dataset"
          className="w-80 max-w-full"
          placeholder="No dataset yet"
          options={options}
          value={dataset?.id ?? null}
          onChange={selectDataset}
          empty="No dataset matches. Open a file to add one."
          testId="DatasetTableCombobox"
        />
        <OpenFile />
        {dataset === null ? null : (
          <>
            <Facts dataset={dataset} />
            <DatasetActions key={dataset.id} dataset={dataset} />
          </>
        )}
      </div>
      {trouble === null ? null : <ErrorNote error={trouble} />}
    </>
  );
}

/** Chooses the dataset for all pages, and adds to them. */
export function DatasetTableCombobox() {
  const datasets = useDatasets();
  return (
    <div className="flex flex-col gap-2">
      {datasets.state === "loading" ? (
        <Skeleton label="Loading datasets" rows={1} className="w-80" />
      ) : datasets.state === "failed" ? (
        <ErrorNote what="Datasets could not be listed" error={datasets.error} onRetry={() => void loadDatasets()} />
      ) : (
        <Chooser list={datasets.value} />
      )}
      <ImportNotes />
    </div>
  );
}
