import { Button } from "@ui/components/primitives/button";
import { Note } from "@ui/components/primitives/note";
import { formatCounted } from "@ui/lib/format";
import { useImported, useImportFiles, useIsAsking } from "../../../hooks/use-imports";
import { useWorkShare } from "../../../hooks/use-work";
import { askAbout, dismissImported, reviewImported, skipFile, stopImport, tryAgain } from "../../../orchestrators/imports";
import { stageOf, troubleOf, type ImportedFile, type ImportFile } from "../../../state/import-files";
import type { AppError } from "../../../types";
import { ErrorNote } from "../error-note";
import { WorkBar } from "../work-bar";
import { ReadingPreview } from "./reading-preview";

/** A file may be dropped while the page is scrolled away from here. */
function bringIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

function RefusedNote({ file, trouble }: { file: ImportFile; trouble: AppError }) {
  const { key, fileName } = file;
  return (
    <div ref={bringIntoView}>
      <ErrorNote
        what={`${fileName} was not imported`}
        error={trouble}
        testId="import-error"
        actions={
          <Button
            onClick={() => {
              askAbout(key);
            }}
          >
            Choose how to read it…
          </Button>
        }
        onRetry={() => {
          tryAgain(key);
        }}
        onDismiss={() => {
          skipFile(key);
        }}
      />
    </div>
  );
}

function ComingNote({ file }: { file: ImportFile }) {
  const { key, fileName, understood, work } = file;
  const share = useWorkShare(work);
  const isReading = stageOf(file) === "reading";
  return (
    <>
      <WorkBar
        what={`${isReading ? "Reading" : "Importing"} ${fileName}`}
        share={share}
        onStop={() => {
          if (isReading) skipFile(key);
          else stopImport(key);
        }}
        testId="import-progress"
      />
      {understood.state === "reading" && understood.glimpse !== null ? (
        <ReadingPreview fileName={fileName} reading={understood.glimpse} isBusy={false} />
      ) : null}
    </>
  );
}

function ImportedNote({ imported }: { imported: ImportedFile }) {
  const { key, fileName, dataset, isNew } = imported;
  const size = `${formatCounted(dataset.n_rows, "row")} × ${formatCounted(dataset.columns.length, "column")}`;
  return (
    <Note
      tone="plain"
      testId="imported-note"
      title={isNew ? `${fileName} was imported: ${size}` : `${fileName} is here already, as ${dataset.name}`}
      actions={
        <>
          <Button
            onClick={() => {
              reviewImported(imported);
            }}
          >
            Review how it was read
          </Button>
          <Button
            onClick={() => {
              dismissImported(key);
            }}
          >
            Dismiss
          </Button>
        </>
      }
    />
  );
}

/** The table should stay in sight. */
const MOST_NOTES = 3;

/** Files on their way in, what stopped those that did not arrive, and what arrived without a question. */
export function ImportNotes() {
  const files = useImportFiles();
  const imported = useImported();
  const isAsking = useIsAsking();
  const more = imported.length - MOST_NOTES;
  const shown = isAsking ? [] : files.map((file) => ({ file, trouble: troubleOf(file) }));
  return (
    <>
      {/* Always there, so that what comes into it is announced. */}
      <div role="status" className="flex flex-col gap-2 empty:hidden">
        {shown.map(({ file, trouble }) => (trouble === null ? <ComingNote key={file.key} file={file} /> : null))}
        {imported.slice(-MOST_NOTES).map((one) => (
          <ImportedNote key={one.key} imported={one} />
        ))}
        {more > 0 ? <p className="text-soft">{formatCounted(more, "more file")} of the same drop {more === 1 ? "was" : "were"} imported.</p> : null}
      </div>
      {shown.map(({ file, trouble }) => (trouble === null ? null : <RefusedNote key={file.key} file={file} trouble={trouble} />))}
    </>
  );
}
