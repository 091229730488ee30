import { ArrowDown, ArrowUp, ChevronDown, Filter } from "lucide-react";
import { memo } from "react";
import { classNames } from "@ui/lib/class-names";
import { formatCount } from "@ui/lib/format";
import { useColumnRole, useSummary, useTableState } from "../../../hooks/use-table";
import { pressSort } from "../../../orchestrators/table-query";
import { conditionOf, conditionWords, orderOf } from "../../../state/table-query";
import type { Column, ColumnRole, Dataset } from "../../../types";
import { KIND_NAMES } from "../kind-badge";
import { ColumnPicture } from "./column-picture";

/** 3.1 %, under 0.1 %, 100 % only where it is all of them */
function shareText(part: number, of: number): string {
  const percent = of === 0 ? 0 : (part / of) * 100;
  if (percent < 0.1) return "<0.1 %";
  return percent >= 10 ? `${Math.min(part < of ? 99 : 100, Math.round(percent))} %` : `${percent.toFixed(1)} %`;
}

function Dot() {
  return (
    <span aria-hidden className="text-faint">
      ·
    </span>
  );
}

function RoleMark({ role }: { role: ColumnRole }) {
  switch (role.role) {
    case "target":
      return (
        <>
          <Dot />
          <span className="shrink-0 font-semibold text-accent">target</span>
        </>
      );
    case "feature":
      // What most columns are is not said to those who see that it is not said.
      return <span className="sr-only">feature</span>;
    case "excluded":
      return (
        <>
          <Dot />
          <span className="truncate text-caution" title={`Excluded: ${role.because}`}>
            excluded: {role.because}
          </span>
        </>
      );
  }
}

interface ColumnHeadProps {
  dataset: Dataset;
  column: Column;
  /** Opens what can be done with the column. */
  onMenu: (column: string) => void;
}

/** What a column is, how its values are spread, and the ways to sort and filter by it. */
function PlainColumnHead({ dataset, column, onMenu }: ColumnHeadProps) {
  const { name, kind } = column;
  const query = useTableState(dataset.id, (state) => state.query);
  const summary = useSummary(dataset.id, name);
  const role = useColumnRole(dataset, name);
  const { order, rank } = orderOf(query, name);
  const condition = conditionOf(query, name);
  return (
    <div className="@container flex h-full flex-col gap-0.5 overflow-hidden px-2 pt-1 pb-1" data-column={name}>
      <div className="flex h-5 items-center gap-1">
        <button
          type="button"
          tabIndex={-1}
          className={classNames(
            "flex min-w-0 flex-1 items-center gap-0.5 text-left text-sm font-semibold hover:text-accent",
            role.role === "excluded" && "text-soft",
          )}
          title={`${name}: press to sort, with Shift beside the columns sorted by so far`}
          onClick={(event) => {
            pressSort(dataset.id, name, event.shiftKey);
          }}
        >
          <span className="truncate">{name}</span>
          {order === "ascending" ? <ArrowUp size={11} aria-hidden className="shrink-0" /> : null}
          {order === "descending" ? <ArrowDown size={11} aria-hidden className="shrink-0" /> : null}
          {rank === null ? null : (
            <span className="figures text-xs font-normal" data-sort-rank={rank}>
              <span className="sr-only">, sorted by in place </span>
              {rank}
            </span>
          )}
        </button>
        <button
          type="button"
          tabIndex={-1}
          aria-label={`Filter and more: ${name}`}
          aria-haspopup="dialog"
          title={condition === null ? "Filter, kind, role" : `${name} ${conditionWords(condition, summary)}`}
          data-menu={name}
          className={classNames(
            "flex size-5 shrink-0 items-center justify-center rounded-sm hover:bg-sunken",
            condition === null ? "text-faint hover:text-ink" : "bg-accent-wash text-accent",
          )}
          onClick={() => {
            onMenu(name);
          }}
        >
          {condition === null ? <ChevronDown size={12} aria-hidden /> : <Filter size={11} aria-hidden className="fill-current" />}
        </button>
      </div>
      <div className="flex h-4 items-center gap-1 overflow-hidden text-xs whitespace-nowrap text-soft">
        <span className="shrink-0">{KIND_NAMES[kind]}</span>
        <RoleMark role={role} />
        {column.missing === 0 ? null : (
          <span className="figures ml-auto shrink-0 text-faint" title={`${formatCount(column.missing)} missing`}>
            {shareText(column.missing, dataset.n_rows)}
            <span className="sr-only @min-[12rem]:not-sr-only"> missing</span>
            <span aria-hidden className="@min-[12rem]:hidden">
              {" "}
              –
            </span>
          </span>
        )}
      </div>
      <div className="h-9">
        <ColumnPicture id={dataset.id} summary={summary} condition={condition} />
      </div>
    </div>
  );
}

export const ColumnHead = memo(PlainColumnHead);
