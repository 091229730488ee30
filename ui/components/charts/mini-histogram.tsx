/**
 * How numbers are spread, small enough for a column's head. A range that is
 * drawn over it is told in bins. Plain SVG: hundreds of these may be in sight
 * while a table is scrolled.
 */
import { useRef, useState, type PointerEvent } from "react";
import { formatCount } from "@ui/lib/format";

/** First and last bin, both included. */
export type BinRange = readonly [number, number];

interface MiniHistogramProps {
  /** What is spread, for assistive technology. */
  label: string;
  counts: readonly number[];
  /** Ends of the bins, one more than there are bins. */
  ends: readonly string[];
  selected: BinRange | null;
  /** A range was drawn, or one bin pressed; null where the one that was selected was pressed again. */
  onSelect: (range: BinRange | null) => void;
}

const HEIGHT = 100;
/** Of a bin that is not empty, so that it is seen. */
const LEAST = 4;

/** The bars as one path: a few nodes for each column, however many bins. */
function barsOf(counts: readonly number[], most: number, isIn: (bin: number) => boolean): string {
  return counts
    .map((count, bin) => {
      if (count === 0 || !isIn(bin)) return "";
      const height = Math.max(LEAST, (count / most) * HEIGHT);
      return `M${bin + 0.06} ${HEIGHT}v${-height}h.88v${height}z`;
    })
    .join("");
}

function sorted(a: number, b: number): BinRange {
  return a <= b ? [a, b] : [b, a];
}

export function MiniHistogram({ label, counts, ends, selected, onSelect }: MiniHistogramProps) {
  const [hovered, setHovered] = useState<number | null>(null);
  const [drawn, setDrawn] = useState<BinRange | null>(null);
  const start = useRef<number | null>(null);
  const n = counts.length;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const shown = drawn ?? selected;
  const isIn = (bin: number) => shown === null || (bin >= shown[0] && bin <= shown[1]);

  const binAt = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = box.width === 0 ? 0 : (event.clientX - box.left) / box.width;
    return Math.max(0, Math.min(n - 1, Math.floor(share * n)));
  };
  const text = (range: BinRange) => `${ends[range[0]] ?? ""} to ${ends[range[1] + 1] ?? ""}`;
  const caption = drawn ?? (hovered === null ? null : ([hovered, hovered] as const));
  return (
    <div className="flex h-full flex-col">
      <div
        role="img"
        aria-label={`${label}: ${ends[0] ?? ""} to ${ends[n] ?? ""}`}
        data-histogram={label}
        className="min-h-0 flex-1 cursor-crosshair touch-none"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          // Not the head's press.
          event.stopPropagation();
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          start.current = binAt(event);
          setDrawn([start.current, start.current]);
        }}
        onPointerMove={(event) => {
          const bin = binAt(event);
          setHovered(bin);
          if (start.current !== null) setDrawn(sorted(start.current, bin));
        }}
        onPointerUp={(event) => {
          if (start.current === null) return;
          const range = sorted(start.current, binAt(event));
          start.current = null;
          setDrawn(null);
          const isAgain = selected !== null && selected[0] === range[0] && selected[1] === range[1];
          onSelect(isAgain ? null : range);
        }}
        onPointerCancel={() => {
          start.current = null;
          setDrawn(null);
        }}
        onPointerLeave={() => {
          setHovered(null);
        }}
      >
        <svg viewBox={`0 0 ${n} ${HEIGHT}`} preserveAspectRatio="none" className="block size-full" aria-hidden>
          {shown === null ? null : (
            <rect x={shown[0]} width={shown[1] - shown[0] + 1} y={0} height={HEIGHT} className="fill-accent-wash" />
          )}
          <path d={barsOf(counts, most, (bin) => !isIn(bin))} className="fill-line-strong" />
          <path d={barsOf(counts, most, isIn)} className={shown === null ? "fill-soft/60" : "fill-accent"} />
        </svg>
      </div>
      <div aria-hidden className="figures flex justify-between gap-1 border-t border-line-strong text-[10px] leading-3 text-faint">
        {caption === null ? (
          <>
            <span className="truncate">{ends[0]}</span>
            <span className="truncate">{ends[n]}</span>
          </>
        ) : (
          <span className="truncate text-ink">
            {text(caption)}: {formatCount(counts.slice(caption[0], caption[1] + 1).reduce((a, b) => a + b, 0))}
          </span>
        )}
      </div>
    </div>
  );
}
