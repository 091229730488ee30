import { useState, type ReactNode } from "react";
import { Button } from "@ui/components/primitives/button";
import { Field } from "@ui/components/primitives/field";
import { Select, type SelectOption } from "@ui/components/primitives/select";
import { TextInput } from "@ui/components/primitives/text-input";
import { decide, undoDecisions } from "../../../orchestrators/imports";
import { isDecided, type ImportFile } from "../../../state/import-files";
import {
  DATE_ORDERS,
  DECIMALS,
  DELIMITERS,
  ENCODINGS,
  evidenceOf,
  foundName,
  HEADER_ROWS,
  QUOTES,
  sentenceOf,
  sheetName,
  tableName,
  takes,
  type Choice,
} from "../../../state/reading-words";
import type { DateOrder, DecimalMark, Reading, ReadingOptions } from "../../../types";
import { MissingSpellings } from "./missing-spellings";

interface SettingProps {
  file: ImportFile;
  /** Null where the file cannot be read as it is decided. */
  reading: Reading | null;
}

/** Stands for what the file itself says. */
const FOUND = "as-found";
/** Stands for what is typed. */
const OTHER = "other";

interface ChoiceSettingProps extends SettingProps {
  label: string;
  option: "delimiter" | "quote" | "encoding" | "header_rows" | "decimal" | "date_order";
  choices: readonly Choice[];
  /** The decision that a choice comes to. */
  decisionFor: (value: string) => Partial<ReadingOptions>;
  /** Told of a choice before it is decided. */
  onChoice?: (value: string) => void;
  /** The choice that stands for a decision that is none of the list. */
  other?: string;
  /** Shown below the list. */
  children?: ReactNode;
}

/** One of a few, or what was found. */
function ChoiceSetting(props: ChoiceSettingProps) {
  const { file, reading, label, option, choices, decisionFor, onChoice, other, children } = props;
  const chosen = file.decisions.options[option];
  const found = reading === null || chosen !== null ? null : foundName(reading, option);
  const options: SelectOption<string>[] = [
    { value: FOUND, label: found === null ? "As found in the file" : `Found: ${found}` },
    ...choices,
  ];
  const value = other ?? (chosen === null ? FOUND : String(chosen));
  const hint = chosen !== null ? "Chosen by you" : reading === null ? undefined : evidenceOf(reading, option);
  return (
    <Field label={label} hint={hint}>
      {({ id, describedBy }) => (
        <>
          <Select
            id={id}
            label={label}
            describedBy={describedBy}
            options={options}
            value={value}
            onChange={(next) => {
              onChoice?.(next);
              // What is to be typed is not decided yet.
              if (next !== OTHER) decide(file.key, { options: next === FOUND ? { [option]: null } : decisionFor(next) });
            }}
          />
          {children}
        </>
      )}
    </Field>
  );
}

function DelimiterSetting({ file, reading }: SettingProps) {
  const { delimiter } = file.decisions.options;
  const isListed = delimiter === null || DELIMITERS.some(({ value }) => value === delimiter);
  const [isAsked, setIsAsked] = useState(false);
  const isTyped = isAsked || !isListed;
  return (
    <ChoiceSetting
      file={file}
      reading={reading}
      label="Delimiter"
      option="delimiter"
      choices={[...DELIMITERS, { value: OTHER, label: "Another…" }]}
      other={isTyped ? OTHER : undefined}
      decisionFor={(value) => ({ delimiter: value })}
      onChoice={(value) => {
        setIsAsked(value === OTHER);
      }}
    >
      {isTyped ? (
        <TextInput
          aria-label="Delimiter, as typed"
          className="mt-1"
          placeholder="One sign or several"
          autoFocus={isAsked}
          value={isListed ? "" : delimiter}
          onChange={(event) => {
            const text = event.currentTarget.value;
            decide(file.key, { options: { delimiter: text === "" ? null : text } });
          }}
        />
      ) : null}
    </ChoiceSetting>
  );
}

function SheetSetting({ file, reading }: SettingProps) {
  const sheets = file.sheets ?? reading?.sheets ?? [];
  const value = file.decisions.sheet ?? reading?.sheet ?? null;
  if (value === null || sheets.length < 2) return null;
  return (
    <Field label="Sheet" hint={file.decisions.sheet === null ? "The first one shown that holds anything" : "Chosen by you"}>
      {({ id, describedBy }) => (
        <Select
          id={id}
          label="Sheet"
          describedBy={describedBy}
          options={sheets.map((sheet) => ({ value: sheet.name, label: sheetName(sheet) }))}
          value={value}
          onChange={(sheet) => {
            decide(file.key, { sheet });
          }}
        />
      )}
    </Field>
  );
}

function TableSetting({ file, reading }: SettingProps) {
  if (reading === null) return null;
  const { table } = file.decisions.options;
  return (
    <Field label="Table" hint={table === null ? evidenceOf(reading, "table") : "Chosen by you"}>
      {({ id, describedBy }) => (
        <Select
          id={id}
          label="Table"
          describedBy={describedBy}
          options={reading.tables.map((found, index) => ({ value: String(index + 1), label: tableName(found) }))}
          value={String(table ?? reading.table)}
          onChange={(next) => {
            decide(file.key, { options: { table: Number(next) } });
          }}
        />
      )}
    </Field>
  );
}

/** How the file is read, what speaks for it, and how it is to be read instead. */
export function ReadingSettings({ file, reading }: SettingProps) {
  // Of a file that cannot be read, a person may know what it is.
  const has = (option: keyof ReadingOptions) => (reading === null ? option !== "table" : takes(reading, option));
  const parts = { file, reading };
  return (
    <div className="flex flex-col gap-3 px-1 py-3" data-testid="reading-settings">
      {reading === null || reading.evidence.length === 0 ? null : (
        <p className="text-soft">{sentenceOf(reading.evidence)}</p>
      )}
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 wide:grid-cols-3">
        <SheetSetting {...parts} />
        {has("table") ? <TableSetting {...parts} /> : null}
        {has("delimiter") ? <DelimiterSetting {...parts} /> : null}
        {has("quote") ? (
          <ChoiceSetting {...parts} label="Quotes" option="quote" choices={QUOTES} decisionFor={(quote) => ({ quote })} />
        ) : null}
        {has("encoding") ? (
          <ChoiceSetting {...parts} label="Encoding" option="encoding" choices={ENCODINGS} decisionFor={(encoding) => ({ encoding })} />
        ) : null}
        {has("header_rows") ? (
          <ChoiceSetting
            {...parts}
            label="Header rows"
            option="header_rows"
            choices={HEADER_ROWS}
            decisionFor={(rows) => ({ header_rows: Number(rows) })}
          />
        ) : null}
        {has("decimal") ? (
          <ChoiceSetting
            {...parts}
            label="Decimal mark"
            option="decimal"
            choices={DECIMALS}
            decisionFor={(decimal) => ({ decimal: decimal as DecimalMark })}
          />
        ) : null}
        {has("date_order") ? (
          <ChoiceSetting
            {...parts}
            label="Order of dates"
            option="date_order"
            choices={DATE_ORDERS}
            decisionFor={(order) => ({ date_order: order as DateOrder })}
          />
        ) : null}
      </div>
      {reading !== null && has("missing") ? <MissingSpellings file={file} reading={reading} /> : null}
      {isDecided(file.decisions) ? (
        <div>
          <Button
            onClick={() => {
              undoDecisions(file.key);
            }}
          >
            Read it as found
          </Button>
        </div>
      ) : null}
    </div>
  );
}
