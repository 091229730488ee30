import { useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { formatCount, formatCounted, formatPercent, formatSignificant } from "@ui/lib/format";
import type { Rested } from "../../hooks/use-rested";
import { classRows, PART_NAMES, piecesOf, type ClassRow, type Piece } from "../../state/split-preview";
import type { PartPreview, SplitPreview } from "../../types";

/** More shades are not told apart. */
const MOST_SHADES = 6;

function shadeOf(index: number, n: number): string {
  const strength = n <= 1 ? 85 : 85 - (index * 65) / (n - 1);
  return `color-mix(in srgb, var(--accent) ${strength.toFixed(0)}%, var(--surface))`;
}

/** A part's classes side by side; the numbers are in the table below. */
function Balance({ pieces }: { pieces: readonly Piece[] }) {
  return (
    <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-sm bg-sunken">
      {pieces.map(({ name, share }, index) => (
        <div
          key={name}
          title={`${name}: ${formatPercent(share)}`}
          style={{ width: `${(share * 100).toFixed(2)}%`, background: shadeOf(index, pieces.length) }}
        />
      ))}
    </div>
  );
}

/** What is known of a part beside its rows and classes. */
function remarkOf({ target_mean, target_sd, groups, first, last }: PartPreview): string {
  return [
    target_mean === null ? null : `mean ${formatSignificant(target_mean)}${target_sd === null ? "" : `, SD ${formatSignificant(target_sd, 3)}`}`,
    groups === null ? null : formatCounted(groups, "group"),
    first === null || last === null ? null : first === last ? first : `${first} to ${last}`,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

function Classes({ parts, rows }: { parts: readonly PartPreview[]; rows: readonly ClassRow[] }) {
  return (
    <div className="max-h-48 overflow-auto" tabIndex={0} role="region" aria-label="Classes of each part">
      <table className="figures w-full text-left" data-testid="split-classes">
        <thead>
          <tr className="text-faint">
            <th scope="col" className="font-normal">
              Class
            </th>
            {parts.map(({ part }) => (
              <th key={part} scope="col" className="text-right font-normal">
                {PART_NAMES[part]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, counts }) => (
            <tr key={name}>
              <th scope="row" className="max-w-32 truncate pr-2 font-normal" title={name}>
                {name}
              </th>
              {parts.map(({ part, rows: all }, index) => (
                <td key={part} className="pl-2 text-right" title={formatPercent(all === 0 ? null : (counts[index] ?? 0) / all)}>
                  {formatCount(counts[index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Parts({ preview }: { preview: SplitPreview }) {
  const [showsClasses, setShowsClasses] = useState(false);
  const parts = preview.parts.filter(({ rows }) => rows > 0);
  const total = parts.reduce((sum, { rows }) => sum + rows, 0);
  const classes = classRows({ ...preview, parts });
  return (
    <>
      <ul className="flex flex-col gap-1.5">
        {parts.map((part) => {
          const remark = remarkOf(part);
          return (
            <li key={part.part} data-testid={`split-${part.part}`}>
              <div className="figures flex items-baseline gap-2">
                <span className="w-16 text-soft">{PART_NAMES[part.part]}</span>
                <span>{formatCounted(part.rows, "row")}</span>
                <span className="ml-auto text-faint">{formatPercent(part.rows / total)}</span>
              </div>
              {classes.length > 0 ? <Balance pieces={piecesOf(part, MOST_SHADES, classes)} /> : null}
              {remark === "" ? null : <p className="figures break-words text-faint">{remark}</p>}
            </li>
          );
        })}
      </ul>
      {preview.dropped_rows > 0 ? <p className="text-faint">{formatCounted(preview.dropped_rows, "row")} left out.</p> : null}
      {preview.notes.length > 0 ? (
        <ul className="list-disc pl-4 text-faint">
          {preview.notes.map((note) => (
            <li key={note} className="break-words">
              {note}
            </li>
          ))}
        </ul>
      ) : null}
      {classes.length > 0 ? (
        <div>
          <Button
            look="quiet"
            className="-ml-3"
            aria-expanded={showsClasses}
            onClick={() => {
              setShowsClasses(!showsClasses);
            }}
            data-testid="split-classes-button"
          >
            {showsClasses ? "Hide classes" : `Rows of ${formatCounted(classes.length, "class", "classes")}`}
          </Button>
          {showsClasses ? <Classes parts={parts} rows={classes} /> : null}
        </div>
      ) : null}
    </>
  );
}

/** What the split comes to; why it comes to nothing stands at its field. */
export function SplitPreviewPart({ preview }: { preview: Rested<SplitPreview> }) {
  if (preview.state === "unfit" || preview.state === "failed") return null;
  return (
    <div className="col-span-2 flex min-h-6 flex-col gap-1 text-sm" data-testid="split-preview">
      {preview.state === "ready" ? (
        <Parts preview={preview.value} />
      ) : (
        <p className="animate-appear text-faint">Counting rows…</p>
      )}
    </div>
  );
}
