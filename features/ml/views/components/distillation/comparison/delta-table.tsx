import { MISSING } from "@ui/lib/format";
import { deltaLines, type DeltaLine } from "../../../../state/distillation-words";
import type { DistillationResult } from "../../../../types";
import { PlatformName } from "../../platform-mark";
import { ToneText } from "./tone-text";

interface Row {
  key: string;
  name: string;
  /** One a student; none where it was not reckoned for that one. */
  cells: (DeltaLine | undefined)[];
}

function rowsOf({ students, metric }: DistillationResult): Row[] {
  const columns = students.map((comparison) => deltaLines(comparison, metric));
  const names = new Map(columns.flat().map(({ key, name }) => [key, name]));
  return [...names].map(([key, name]) => ({ key, name, cells: columns.map((lines) => lines.find((line) => line.key === key)) }));
}

function Cell({ line }: { line: DeltaLine | undefined }) {
  if (line === undefined) return <>{MISSING}</>;
  return (
    <>
      <ToneText tone={line.tone} text={line.text} className="figures" />
      {line.note === undefined ? null : <span className="block text-sm text-soft">{line.note}</span>}
    </>
  );
}

/** What distilling changed: each figure with better or worse spelled out. */
export function DeltaTable({ result }: { result: DistillationResult }) {
  const platforms = result.students.map(({ platform }) => platform);
  return (
    <div className="overflow-x-auto px-3 pb-3 outline-offset-[-2px]" tabIndex={0} role="region" aria-label="What distilling changed">
      <table className="w-full border-separate border-spacing-0" data-testid="distillation-delta">
        <caption className="sr-only">What distilling changed, on test rows</caption>
        <thead>
          <tr>
            <td className="border-b border-line-strong" />
            {platforms.map((platform) => (
              <th key={platform} scope="col" className="h-7 border-b border-line-strong pl-4 text-left font-medium">
                <PlatformName platform={platform} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rowsOf(result).map(({ key, name, cells }) => (
            <tr key={key} data-testid={`delta-${key}`}>
              <th scope="row" className="border-b border-line py-0.5 text-left align-top font-normal text-soft">
                {name}
              </th>
              {cells.map((line, index) => (
                <td key={platforms[index] ?? index} className="border-b border-line py-0.5 pl-4 align-top">
                  <Cell line={line} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
