import { ProgressBar } from "@ui/components/primitives/progress-bar";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { Tabs } from "@ui/components/primitives/tabs";
import { formatCount, formatCounted, formatPercent } from "@ui/lib/format";
import { useWorkShare } from "../../../hooks/use-work";
import { tryAgain } from "../../../orchestrators/imports";
import { isBusy, troubleOf, type ImportFile } from "../../../state/import-files";
import { factsOf, sentenceOf } from "../../../state/reading-words";
import type { Reading } from "../../../types";
import { ErrorNote } from "../error-note";
import { ReadingAsks } from "./reading-asks";
import { ColumnList, LeftOutList, ProblemList, ReportTrouble, SaveReport } from "./reading-lists";
import { ReadingPreview } from "./reading-preview";
import { ReadingSettings } from "./reading-settings";

function Trouble({ file }: { file: ImportFile }) {
  const { key, fileName, fate } = file;
  const trouble = troubleOf(file);
  if (trouble === null) return null;
  const isNamed = trouble.message.includes(fileName);
  const what = fate.state === "failed" ? `${fileName} was not imported` : isNamed ? undefined : `${fileName} cannot be read like this`;
  return (
    <ErrorNote
      what={what}
      error={trouble}
      testId="file-trouble"
      onRetry={() => {
        tryAgain(key);
      }}
    />
  );
}

function Facts({ file, reading }: { file: ImportFile; reading: Reading }) {
  return (
    <p className="figures flex flex-wrap items-center gap-x-2 text-soft" data-testid="reading-facts">
      <span>{factsOf(reading).join(" · ")}</span>
      <span role="status" className="text-accent">
        {isBusy(file) ? "Reading again…" : ""}
      </span>
    </p>
  );
}

function Details({ file, reading }: { file: ImportFile; reading: Reading }) {
  const { skipped, n_problems, columns } = reading;
  const tabs = [
    { key: "settings", title: "How it is read", content: <ReadingSettings file={file} reading={reading} /> },
    { key: "columns", title: `Columns (${formatCount(columns.length)})`, content: <ColumnList reading={reading} /> },
  ];
  if (n_problems > 0) {
    tabs.push({ key: "problems", title: `Rows that do not fit (${formatCount(n_problems)})`, content: <ProblemList reading={reading} /> });
  }
  if (skipped.length > 0) {
    tabs.push({ key: "left-out", title: `Left out (${formatCount(skipped.length)})`, content: <LeftOutList reading={reading} /> });
  }
  const aside = n_problems > 0 || skipped.length > 0 ? <SaveReport file={file} reading={reading} /> : null;
  return <Tabs label={`How ${file.fileName} is read`} tabs={tabs} aside={aside} />;
}

function Remarks({ reading }: { reading: Reading }) {
  const { n_problems, skipped } = reading;
  const remarks = [
    ...(n_problems === 0 ? [] : [`${formatCounted(n_problems, "row")} ${n_problems === 1 ? "does" : "do"} not fit`]),
    ...(skipped.length === 0 ? [] : [`${formatCounted(skipped.length, "part")} of the file ${skipped.length === 1 ? "is" : "are"} left out`]),
  ];
  return remarks.length === 0 ? null : <p className="text-caution">{sentenceOf(remarks)} The lists below name the lines.</p>;
}

/** Before more is known of the file than its first rows. */
function Awaited({ file: { fileName, work }, glimpse }: { file: ImportFile; glimpse: Reading | null }) {
  const share = useWorkShare(work);
  return (
    <>
      <div className="animate-appear flex items-center gap-2 text-soft">
        <div className="w-40">
          <ProgressBar label={`Reading ${fileName}`} share={share === 0 ? null : share} colour="var(--accent)" />
        </div>
        <span aria-hidden className="figures text-sm text-faint">
          {share === null || share === 0 ? "" : formatPercent(Math.round(share * 100) / 100)}
        </span>
      </div>
      {glimpse === null ? (
        <Skeleton label={`Reading ${fileName}`} rows={9} />
      ) : (
        <ReadingPreview fileName={fileName} reading={glimpse} isBusy={false} />
      )}
    </>
  );
}

/** What was understood of a file, and how it is to be read. */
export function FileReading({ file }: { file: ImportFile }) {
  const { understood, fileName } = file;
  switch (understood.state) {
    case "reading":
      return <Awaited file={file} glimpse={understood.glimpse} />;
    case "unreadable":
      return (
        <>
          <Trouble file={file} />
          <ReadingSettings file={file} reading={null} />
        </>
      );
    case "understood": {
      const { reading } = understood;
      return (
        <>
          <Trouble file={file} />
          <Facts file={file} reading={reading} />
          <ReadingAsks file={file} reading={reading} />
          <ReadingPreview fileName={fileName} reading={reading} isBusy={isBusy(file)} />
          <Remarks reading={reading} />
          <ReportTrouble />
          <Details file={file} reading={reading} />
        </>
      );
    }
  }
}
