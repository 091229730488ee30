import { Tabs } from "@base-ui/react/tabs";
import { classNames } from "@ui/lib/class-names";
import { formatCounted } from "@ui/lib/format";
import { stageOf, troubleOf, type ImportFile, type Stage } from "../../../state/import-files";

const LOOKS: Record<Stage, { mark: string; colour: string; word: string }> = {
  reading: { mark: "◐", colour: "text-soft", word: "Reading…" },
  trouble: { mark: "✕", colour: "text-danger", word: "Cannot be read" },
  decision: { mark: "?", colour: "text-caution", word: "Needs a decision" },
  ready: { mark: "●", colour: "text-success", word: "Ready" },
  waiting: { mark: "○", colour: "text-soft", word: "Waiting" },
  importing: { mark: "◐", colour: "text-accent", word: "Importing…" },
};

function detailOf(file: ImportFile, stage: Stage): string {
  const { understood, fileName } = file;
  if (stage === "trouble") {
    const message = troubleOf(file)?.message ?? "";
    // The name stands above.
    return message.startsWith(`${fileName} `) ? message.slice(fileName.length + 1) : message;
  }
  if (stage !== "ready" || understood.state !== "understood" || understood.reading.n_problems === 0) return "";
  const { n_problems } = understood.reading;
  return `${formatCounted(n_problems, "row")} ${n_problems === 1 ? "does" : "do"} not fit`;
}

/** The files by name, each with its state; arrow keys go from one to the next. */
export function FileList({ files }: { files: readonly ImportFile[] }) {
  return (
    <Tabs.List aria-label="Files" activateOnFocus className="flex min-h-0 flex-col gap-px overflow-y-auto">
      {files.map((file) => {
        const stage = stageOf(file);
        const { mark, colour, word } = LOOKS[stage];
        const detail = detailOf(file, stage);
        return (
          <Tabs.Tab
            key={file.key}
            value={file.key}
            data-stage={stage}
            className="rounded-md px-2 py-1.5 text-left outline-offset-[-2px] hover:bg-sunken data-active:bg-accent-wash"
          >
            <span className="block truncate font-medium" title={file.path}>
              {file.fileName}
            </span>
            <span className={classNames("block text-sm", colour)}>
              <span aria-hidden>{mark} </span>
              {word}
            </span>
            {detail === "" ? null : <span className="line-clamp-3 block text-sm text-soft">{detail}</span>}
          </Tabs.Tab>
        );
      })}
    </Tabs.List>
  );
}
