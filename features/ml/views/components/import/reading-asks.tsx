import { Button } from "@ui/components/primitives/button";
import { Note } from "@ui/components/primitives/note";
import { formatCount } from "@ui/lib/format";
import { decide } from "../../../orchestrators/imports";
import { asksOf, type Ask, type ImportFile } from "../../../state/import-files";
import { decisionOf, sheetName, tableName } from "../../../state/reading-words";
import type { ColumnReading, FoundTable, Reading } from "../../../types";

function SheetAsk({ file, ask }: { file: ImportFile; ask: Ask & { about: "sheet" } }) {
  return (
    <Note tone="caution" testId="ask-sheet" title={`The workbook has ${formatCount(ask.sheets.length)} sheets. Which one is the table?`}>
      <div className="flex flex-wrap gap-2 pt-1" role="group" aria-label="Sheets">
        {ask.sheets.map((sheet) => (
          <Button
            key={sheet.name}
            className="max-w-full"
            onClick={() => {
              decide(file.key, { sheet: sheet.name });
            }}
          >
            <span className="truncate">{sheetName(sheet)}</span>
          </Button>
        ))}
      </div>
    </Note>
  );
}

function TableAsk({ file, tables }: { file: ImportFile; tables: readonly FoundTable[] }) {
  return (
    <Note tone="caution" testId="ask-table" title={`There are ${formatCount(tables.length)} tables one below the other. Which one is meant?`}>
      <div className="flex flex-wrap gap-2 pt-1" role="group" aria-label="Tables">
        {tables.map((table, index) => (
          <Button
            key={table.first_line}
            onClick={() => {
              decide(file.key, { options: { table: index + 1 } });
            }}
          >
            {tableName(table)}
          </Button>
        ))}
      </div>
    </Note>
  );
}

/** Both readings, each a press away; either holds for the whole file. */
function ColumnAsk({ file, column }: { file: ImportFile; column: ColumnReading }) {
  if (column.question === null) return null;
  const { question, chosen, other } = column.question;
  const answers = [
    { text: chosen, says: "Keep", what: decisionOf(chosen) },
    { text: other, says: "Change to", what: decisionOf(other) },
  ];
  return (
    <Note tone="caution" testId="ask-column" title={`${column.name}: ${question}`}>
      <div className="flex flex-wrap gap-2 pt-1" role="group" aria-label={`How ${column.name} is read`}>
        {answers.map(({ text, says, what }) =>
          what === null ? (
            <span key={says} className="self-center">
              {says} {text}
            </span>
          ) : (
            <Button
              key={says}
              onClick={() => {
                decide(file.key, { options: what });
              }}
            >
              {says} {text}
            </Button>
          ),
        )}
      </div>
    </Note>
  );
}

/** One answer settles them all, so a few stand for many. */
const MOST_ASKED = 3;

/** What only a person can know about the file. */
export function ReadingAsks({ file, reading }: { file: ImportFile; reading: Reading }) {
  const asks = asksOf(file);
  const aboutColumns = asks.filter((ask) => ask.about === "column");
  const more = aboutColumns.length - MOST_ASKED;
  return (
    <>
      {asks.map((ask) => {
        switch (ask.about) {
          case "sheet":
            return <SheetAsk key="sheet" file={file} ask={ask} />;
          case "table":
            return <TableAsk key="table" file={file} tables={reading.tables} />;
          case "column":
            return null;
        }
      })}
      {aboutColumns.slice(0, MOST_ASKED).map(({ column }) => (
        <ColumnAsk key={column.name} file={file} column={column} />
      ))}
      {more > 0 ? (
        <p className="text-soft">
          {formatCount(more)} more {more === 1 ? "column asks" : "columns ask"} the same; an answer holds for the whole file.
        </p>
      ) : null}
    </>
  );
}
