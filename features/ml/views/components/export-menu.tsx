import { Download } from "lucide-react";
import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Note } from "@ui/components/primitives/note";
import { Popover } from "@ui/components/primitives/popover";
import { useExport } from "../../hooks/use-exports";
import { useWorkShare } from "../../hooks/use-work";
import { dismissExport, exportDataset, stopExport } from "../../orchestrators/exports";
import { EXPORT_KINDS, EXPORTS, refusalOf } from "../../state/export-kinds";
import type { Dataset, WorkId } from "../../types";
import { ErrorNote } from "./error-note";
import { WorkBar } from "./work-bar";

/** What the table can be written as. */
export function ExportMenu({ dataset }: { dataset: Dataset }) {
  const [isOpen, setIsOpen] = useState(false);
  const isWriting = useExport()?.fate.state === "writing";
  return (
    <Popover
      title="Export the table"
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <Button look="quiet" square aria-label={`Export dataset ${dataset.name}`} disabled={isWriting} data-testid="export-dataset">
          <Download size={13} aria-hidden />
        </Button>
      }
    >
      <div className="flex flex-col">
        {EXPORT_KINDS.map((kind) => {
          const refusal = refusalOf(kind, dataset);
          const { label, hint } = EXPORTS[kind];
          return (
            <button
              key={kind}
              type="button"
              className="rounded-md px-2 py-1 text-left hover:bg-sunken disabled:text-faint disabled:hover:bg-transparent"
              disabled={refusal !== null}
              data-testid={`export-${kind}`}
              onClick={() => {
                setIsOpen(false);
                void exportDataset(dataset, kind);
              }}
            >
              <span className="block font-medium">{label}</span>
              <span className="block text-sm text-faint">{refusal ?? hint}</span>
            </button>
          );
        })}
      </div>
    </Popover>
  );
}

function Writing({ fileName, work }: { fileName: string; work: WorkId }) {
  const share = useWorkShare(work);
  return <WorkBar what={`Writing ${fileName}`} share={share} onStop={() => void stopExport()} testId="export-progress" />;
}

/** What came of an export, where it stands while it goes on. */
export function ExportNote() {
  const shown = useExport();
  const fate = shown?.fate.state;
  return (
    <>
      {/* Always there, so that what comes into it is announced. */}
      <div role="status" className="empty:hidden">
        {shown?.fate.state === "writing" ? <Writing fileName={shown.fileName} work={shown.fate.work} /> : null}
        {shown !== null && fate === "written" ? (
          <Note
            tone="plain"
            testId="export-done"
            title={`${shown.dataset.name} was written to ${shown.fileName}`}
            actions={<Button onClick={dismissExport}>Dismiss</Button>}
          />
        ) : null}
      </div>
      {shown?.fate.state === "failed" ? (
        <ErrorNote
          what={`${shown.fileName} was not written`}
          error={shown.fate.error}
          testId="export-trouble"
          onRetry={() => void exportDataset(shown.dataset, shown.kind)}
          onDismiss={dismissExport}
        />
      ) : null}
    </>
  );
}
