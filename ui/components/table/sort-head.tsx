import { ArrowDown, ArrowUp } from "lucide-react";
import { classNames } from "@ui/lib/class-names";

export interface HeadSort {
  order: "ascending" | "descending" | null;
  /** Its place among the columns sorted by, from 1, where there are several. */
  rank: number | null;
  /** `adds`: beside the columns sorted by so far. */
  onPress: (adds: boolean) => void;
}

interface SortHeadProps {
  header: string;
  sort: HeadSort;
  align: "left" | "right";
  colIndex: number;
  isSticky: boolean;
}

/** A column's head: a press sorts by it, with Shift beside the others. */
export function SortHead({ header, sort, align, colIndex, isSticky }: SortHeadProps) {
  return (
    <div
      role="columnheader"
      aria-colindex={colIndex}
      aria-sort={sort.order ?? "none"}
      className={classNames(
        "flex min-w-0 items-center px-2 text-sm font-medium text-soft",
        align === "right" && "justify-end",
        isSticky && "sticky left-8 z-10 bg-inherit",
      )}
    >
      <button
        type="button"
        title={`Sort by ${header}; with Shift, beside the columns sorted by so far`}
        className={classNames(
          "inline-flex min-w-0 items-center gap-1 hover:text-ink",
          align === "right" && "flex-row-reverse",
        )}
        onClick={(event) => {
          sort.onPress(event.shiftKey);
        }}
      >
        <span className="truncate">{header}</span>
        {sort.order === "ascending" ? <ArrowUp size={11} aria-hidden className="shrink-0" /> : null}
        {sort.order === "descending" ? <ArrowDown size={11} aria-hidden className="shrink-0" /> : null}
        {sort.rank === null ? null : <span className="figures text-xs">{sort.rank}</span>}
      </button>
    </div>
  );
}
