import { classNames } from "@ui/lib/class-names";
import type { ColumnKind } from "../../types";

export const KIND_NAMES: Record<ColumnKind, string> = {
  numeric: "number",
  category: "category",
  boolean: "yes/no",
  datetime: "date",
  text: "text",
  identifier: "identifier",
  constant: "constant",
};

export function KindBadge({ kind, isExcluded }: { kind: ColumnKind; isExcluded: boolean }) {
  return (
    <span
      className={classNames(
        "inline-block rounded-sm px-1 text-xs font-normal",
        isExcluded ? "bg-caution-wash text-caution" : "bg-sunken text-soft",
      )}
    >
      {KIND_NAMES[kind]}
    </span>
  );
}
