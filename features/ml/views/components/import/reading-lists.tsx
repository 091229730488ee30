import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { formatCount, formatCounted } from "@ui/lib/format";
import { useReportTrouble } from "../../../hooks/use-imports";
import { saveImportReport } from "../../../orchestrators/import-report";
import type { ImportFile } from "../../../state/import-files";
import { leftOutNotes, linesText, type LineNote } from "../../../state/reading-words";
import type { ColumnReading, ProblemRow, Reading } from "../../../types";
import { ErrorNote } from "../error-note";
import { KindBadge } from "../kind-badge";

const LIST_HEIGHT = 260;

function missingOf({ missing }: ColumnReading): number {
  return missing.reduce((sum, { count }) => sum + count, 0);
}

function wrapped(text: string) {
  return <span className="block min-w-40 py-1 break-words whitespace-normal">{text}</span>;
}

const COLUMNS: readonly DataColumn<ColumnReading>[] = [
  { id: "name", header: "Column", value: ({ name }) => name, cell: ({ name }) => wrapped(name) },
  { id: "kind", header: "Holds", value: ({ kind }) => kind, cell: ({ kind }) => <KindBadge kind={kind} isExcluded={false} /> },
  { id: "rule", header: "Read as", value: ({ rule }) => rule, cell: ({ rule }) => wrapped(rule) },
  { id: "evidence", header: "Because", value: ({ evidence }) => evidence, cell: ({ evidence }) => wrapped(evidence) },
  { id: "missing", header: "Missing", value: missingOf, cell: (column) => formatCount(missingOf(column)), align: "right" },
];

/** The rule of every column, with what speaks for it. */
export function ColumnList({ reading }: { reading: Reading }) {
  return (
    <DataTable label="How columns are read" columns={COLUMNS} rows={reading.columns} rowKey={({ name }) => name} maxHeight={LIST_HEIGHT} />
  );
}

const LEFT_OUT: readonly DataColumn<LineNote>[] = [
  { id: "lines", header: "Lines", value: ({ first }) => first, cell: ({ first, last }) => linesText(first, last) },
  { id: "what", header: "What they are", value: ({ what }) => what, cell: ({ what }) => wrapped(what) },
];

/** Lines that are no rows of the table. */
export function LeftOutList({ reading }: { reading: Reading }) {
  return (
    <DataTable
      label="Lines left out"
      testId="left-out"
      columns={LEFT_OUT}
      rows={leftOutNotes(reading.skipped)}
      rowKey={({ first }) => String(first)}
      maxHeight={LIST_HEIGHT}
    />
  );
}

const PROBLEMS: readonly DataColumn<ProblemRow>[] = [
  { id: "line", header: "Line", value: ({ line }) => line, cell: ({ line }) => formatCount(line), align: "right" },
  { id: "reason", header: "What is wrong, and what was done", value: ({ reason }) => reason, cell: ({ reason }) => wrapped(reason) },
];

/** Rows that do not fit. */
export function ProblemList({ reading }: { reading: Reading }) {
  const more = reading.n_problems - reading.problems.length;
  return (
    <>
      <DataTable
        label="Rows that do not fit"
        testId="problem-rows"
        columns={PROBLEMS}
        rows={reading.problems}
        rowKey={({ line, reason }) => `${line} ${reason}`}
        maxHeight={LIST_HEIGHT}
      />
      {more > 0 ? <p className="px-2 py-1 text-soft">and {formatCounted(more, "more row")}, which the report lists too</p> : null}
    </>
  );
}

/** Keeps what was left out and what does not fit as a file. */
export function SaveReport({ file, reading }: { file: ImportFile; reading: Reading }) {
  const [saved, setSaved] = useState<Reading | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const save = async () => {
    setIsSaving(true);
    if (await saveImportReport(file)) setSaved(reading);
    setIsSaving(false);
  };
  return (
    <Button disabled={isSaving} onClick={() => void save()}>
      {isSaving ? "Saving…" : saved === reading ? "Report saved" : "Save report…"}
    </Button>
  );
}

export function ReportTrouble() {
  const trouble = useReportTrouble();
  return trouble === null ? null : <ErrorNote what="The report was not saved" error={trouble} />;
}
