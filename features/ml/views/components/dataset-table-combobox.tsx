import { FolderOpen } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Combobox, type ComboboxAction, type ComboboxOption } from "@ui/components/primitives/combobox";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatBytes, formatCount, formatCounted, formatMoment } from "@ui/lib/format";
import { useCurrentDataset, useDatasetTrouble, useRecentDatasets } from "../../hooks/use-datasets";
import { useIsNewest } from "../../hooks/use-sources";
import { loadDatasets, selectDataset } from "../../orchestrators/datasets";
import { openFiles } from "../../orchestrators/imports";
import type { RecentDataset } from "../../state/recent-datasets";
import type { Dataset } from "../../types";
import { DatasetActions } from "./dataset-actions";
import { ErrorNote } from "./error-note";
import { ExportNote } from "./export-menu";
import { ImportNotes } from "./import/import-notes";
import { SourceNote } from "./source-note";

function optionOf({ dataset, usedAt }: RecentDataset, now: number): ComboboxOption {
  const { id, name, n_rows, columns, source_bytes, imported_at, tags, notes } = dataset;
  const last = usedAt === null ? `imported ${formatMoment(imported_at, now)}` : `used ${formatMoment(usedAt, now)}`;
  return {
    value: id,
    label: name,
    note: tags.length === 0 ? undefined : tags.join(", "),
    keywords: notes,
    detail: `${formatCount(n_rows)} × ${formatCount(columns.length)} · ${formatBytes(source_bytes)} · ${last}`,
  };
}

const OPEN_FILE: ComboboxAction = {
  label: "Open file…",
  icon: <FolderOpen size={12} aria-hidden />,
  onPress: () => void openFiles(),
};

function OpenFile() {
  return (
    <Button onClick={() => void openFiles()} data-testid="open-file">
      <FolderOpen size={13} aria-hidden />
      Open file…
    </Button>
  );
}

function Facts({ dataset }: { dataset: Dataset }) {
  const isNewest = useIsNewest(dataset);
  const facts = [
    formatCounted(dataset.n_rows, "row"),
    formatCounted(dataset.columns.length, "column"),
    `${dataset.source_file}${dataset.sheet === null ? "" : ` · ${dataset.sheet}`}`,
    formatBytes(dataset.source_bytes),
    dataset.version > 1 || !isNewest ? `version ${formatCount(dataset.version)}${isNewest ? "" : ", an older one"}` : null,
    dataset.is_sample ? "sample" : null,
    ...dataset.tags,
  ].filter((fact) => fact !== null);
  return (
    <p data-testid="dataset-facts" className="figures min-w-0 truncate text-soft" title={dataset.attribution ?? dataset.source?.path}>
      {facts.join(" · ")}
    </p>
  );
}

function Chooser({ list }: { list: readonly RecentDataset[] }) {
  const dataset = useCurrentDataset();
  const trouble = useDatasetTrouble(dataset?.id);
  const [now] = useState(() => Date.now());
  const options = useMemo(() => list.map((one) => optionOf(one, now)), [list, now]);
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
          action={OPEN_FILE}
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
      {dataset === null ? null : <SourceNote key={dataset.id} dataset={dataset} />}
      {trouble === null ? null : <ErrorNote error={trouble} />}
    </>
  );
}

/** Chooses the dataset for all pages, and adds to them. */
export function DatasetTableCombobox() {
  const datasets = useRecentDatasets();
  return (
    <div className="flex flex-col gap-2">
      {datasets.state === "loading" ? (
        <Skeleton label="Loading datasets" rows={1} className="w-80" />
      ) : datasets.state === "failed" ? (
        <ErrorNote what="Datasets could not be listed" error={datasets.error} onRetry={() => void loadDatasets()} />
      ) : (
        <Chooser list={datasets.value} />
      )}
      <ExportNote />
      <ImportNotes />
    </div>
  );
}
