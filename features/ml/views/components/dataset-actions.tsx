import { Info, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Confirm } from "@ui/components/primitives/dialog";
import { InlineName } from "@ui/components/primitives/inline-name";
import { useDatasetDetails } from "../../hooks/use-dataset-details";
import { deleteDataset, renameDataset } from "../../orchestrators/datasets";
import { fateOfUses, usesInWords } from "../../state/dataset-uses";
import type { Dataset } from "../../types";
import { ExportMenu } from "./export-menu";

// Rarely opened, so not in the script that the first paint waits for.
const DatasetDialog = lazy(() => import("./dataset-dialog").then((module) => ({ default: module.DatasetDialog })));

function DeleteQuestion({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const details = useDatasetDetails(dataset, true);
  const isUsed = details.state === "ready" && usesInWords(details.value) !== null;
  return (
    <Confirm
      open
      danger
      title={`Delete ${dataset.name}?`}
      action="Delete dataset"
      onConfirm={() => {
        onClose();
        void deleteDataset(dataset);
      }}
      onClose={onClose}
    >
      <p>
        The table is taken out of the app; {dataset.source_file} itself stays where it is.
      </p>
      <p data-testid="delete-uses" className={isUsed ? "mt-2 font-medium text-ink" : undefined}>
        {details.state === "ready" ? fateOfUses(details.value) : "Runs on it keep their figures."}
      </p>
    </Confirm>
  );
}

/** What can be done with the dataset that is shown. */
export function DatasetActions({ dataset }: { dataset: Dataset }) {
  const [open, setOpen] = useState<"details" | "delete" | null>(null);
  const close = () => {
    setOpen(null);
  };
  return (
    <div className="ml-auto flex max-w-72 min-w-0 items-center gap-1">
      <Button
        look="quiet"
        square
        aria-label={`About dataset ${dataset.name}`}
        data-testid="about-dataset"
        onClick={() => {
          setOpen("details");
        }}
      >
        <Info size={13} aria-hidden />
      </Button>
      <ExportMenu dataset={dataset} />
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
        data-testid="delete-dataset"
        onClick={() => {
          setOpen("delete");
        }}
      >
        <Trash2 size={13} aria-hidden />
      </Button>
      {open === "delete" ? <DeleteQuestion dataset={dataset} onClose={close} /> : null}
      {open === "details" ? (
        <Suspense fallback={null}>
          <DatasetDialog dataset={dataset} onClose={close} />
        </Suspense>
      ) : null}
    </div>
  );
}
