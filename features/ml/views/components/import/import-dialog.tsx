import { Tabs } from "@base-ui/react/tabs";
import { useEffect, useRef } from "react";
import { Button } from "@ui/components/primitives/button";
import { Dialog } from "@ui/components/primitives/dialog";
import { ProgressBar } from "@ui/components/primitives/progress-bar";
import { classNames } from "@ui/lib/class-names";
import { formatCount, formatCounted } from "@ui/lib/format";
import { useImportFiles, useSaid, useShownFile } from "../../../hooks/use-imports";
import { useWorkShare } from "../../../hooks/use-work";
import { cancelImports, importFiles, showFile, skipFile } from "../../../orchestrators/imports";
import { isAsBefore, stageOf, type ImportFile, type Stage } from "../../../state/import-files";
import { FileList } from "./file-list";
import { FileReading } from "./file-reading";

function titleOf(files: readonly ImportFile[]): string {
  const [only] = files;
  if (files.length > 1 || only === undefined) return `Import ${formatCounted(files.length, "file")}`;
  return only.before === null ? `Import ${only.fileName}` : `How ${only.fileName} was read`;
}

/** "2 ready, 1 needs a decision" */
function summaryOf(files: readonly ImportFile[]): string {
  const [only] = files;
  if (files.length === 1 && only !== undefined && stageOf(only) === "ready") {
    return isAsBefore(only) ? "It was imported like this." : "Ready to import.";
  }
  const count = (...stages: Stage[]) => files.filter((file) => stages.includes(stageOf(file))).length;
  const parts: [number, string][] = [
    [count("importing", "waiting"), "being imported"],
    [count("reading"), "being read"],
    [count("ready"), "ready"],
    [count("decision"), count("decision") === 1 ? "needs a decision" : "need a decision"],
    [count("trouble"), "cannot be read"],
  ];
  return parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${formatCount(number)} ${what}`)
    .join(", ");
}

function importName(file: ImportFile): string {
  if (stageOf(file) === "decision") return "Import as assumed";
  return file.before === null ? "Import" : "Import again";
}

function Actions({ files, shown }: { files: readonly ImportFile[]; shown: ImportFile }) {
  const stages = files.map(stageOf);
  const ready = files.filter((_, index) => stages[index] === "ready");
  const isImporting = stages.some((stage) => stage === "importing" || stage === "waiting");
  const isDone = stages.every((stage) => stage === "trouble") || files.every(isAsBefore);
  const isMany = files.length > 1;
  const stage = stageOf(shown);
  const canImport = (stage === "ready" || stage === "decision") && !isAsBefore(shown);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button onClick={cancelImports}>{isImporting ? "Stop" : isDone ? "Close" : "Cancel"}</Button>
      {isMany ? (
        <Button
          disabled={stage === "importing"}
          onClick={() => {
            skipFile(shown.key);
          }}
        >
          Skip
        </Button>
      ) : null}
      <Button
        look={isMany ? "plain" : "primary"}
        data-testid="import-one"
        disabled={!canImport}
        onClick={() => void importFiles([shown.key])}
      >
        {importName(shown)}
      </Button>
      {isMany ? (
        <Button
          look="primary"
          data-testid="import-all"
          disabled={ready.length === 0}
          onClick={() => void importFiles(ready.map(({ key }) => key))}
        >
          {ready.length === files.length ? "Import all" : `Import ${formatCounted(ready.length, "ready file")}`}
        </Button>
      ) : null}
    </div>
  );
}

/** A file that is gone takes the focus with it; the next one has it then. */
function useKeptFocus(shown: string | undefined) {
  const content = useRef<HTMLDivElement>(null);
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    const { activeElement } = document;
    const isLost = activeElement === null || activeElement === document.body || activeElement.matches(":disabled");
    if (isLost) content.current?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"], [role="region"]')?.focus();
  }, [shown]);
  return content;
}

const CONTENT = "flex min-h-0 min-w-0 flex-col gap-2 overflow-y-auto px-1 py-0.5";

/** Files on their way in: what was understood of each, what is asked, and how it is to be read. */
export function ImportDialog() {
  const files = useImportFiles();
  const shown = useShownFile();
  const said = useSaid();
  const content = useKeptFocus(shown?.key);
  const importing = files.find(({ fate }) => fate.state === "importing");
  const share = useWorkShare(importing?.work ?? null);
  if (shown === null) return null;
  const isMany = files.length > 1;
  return (
    <Dialog open isKept width="full" title={titleOf(files)} onClose={cancelImports} testId="import-dialog">
      <Tabs.Root
        orientation="vertical"
        value={shown.key}
        onValueChange={(key: string) => {
          showFile(key);
        }}
        className={classNames("grid min-h-0 flex-1 gap-4", isMany ? "grid-cols-[15rem_minmax(0,1fr)]" : "grid-cols-[minmax(0,1fr)]")}
        ref={content}
      >
        {isMany ? (
          <>
            <FileList files={files} />
            <Tabs.Panel key={shown.key} value={shown.key} tabIndex={-1} className={CONTENT}>
              <FileReading file={shown} />
            </Tabs.Panel>
          </>
        ) : (
          <div key={shown.key} className={CONTENT}>
            <FileReading file={shown} />
          </div>
        )}
      </Tabs.Root>
      {importing === undefined ? null : (
        <ProgressBar label={`Importing ${importing.fileName}`} share={share === 0 ? null : share} colour="var(--accent)" />
      )}
      <div className="flex flex-wrap items-center justify-between gap-2 border-t border-line pt-3">
        <p role="status" data-testid="import-status" className="text-soft">
          {[said, summaryOf(files)].filter((part) => part !== "").join(" ")}
        </p>
        <Actions files={files} shown={shown} />
      </div>
    </Dialog>
  );
}
