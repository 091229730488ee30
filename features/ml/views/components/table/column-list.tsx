import { useMemo, useState } from "react";
import { AnchoredPopover } from "@ui/components/primitives/anchored-popover";
import { Button } from "@ui/components/primitives/button";
import { Checkbox } from "@ui/components/primitives/checkbox";
import { TextInput } from "@ui/components/primitives/text-input";
import { formatCounted } from "@ui/lib/format";
import { useColumnLayout } from "../../../hooks/use-table";
import { hideColumn, showAllColumns } from "../../../orchestrators/table-columns";
import type { Dataset } from "../../../types";

/** More would slow the list down and nobody reads them; typing narrows. */
const MOST_LISTED = 200;

interface ColumnListProps {
  dataset: Dataset;
  anchor: Element | null;
  onClose: () => void;
  onReturn: () => void;
}

/** Which columns are shown. */
export function ColumnList({ dataset, ...popover }: ColumnListProps) {
  const { hidden } = useColumnLayout(dataset.id);
  const [wanted, setWanted] = useState("");
  const found = useMemo(() => {
    const text = wanted.trim().toLocaleLowerCase();
    return dataset.columns.filter((column) => column.name.toLocaleLowerCase().includes(text));
  }, [dataset, wanted]);
  const nShown = dataset.columns.length - hidden.length;
  return (
    <AnchoredPopover title="Columns" testId="column-list" {...popover}>
      <div className="flex items-center gap-1">
        <TextInput
          aria-label="Search columns"
          placeholder="Search columns"
          value={wanted}
          onChange={(event) => {
            setWanted(event.currentTarget.value);
          }}
        />
        <Button
          look="quiet"
          className="px-2"
          disabled={hidden.length === 0}
          onClick={() => {
            showAllColumns(dataset.id);
          }}
        >
          Show all
        </Button>
      </div>
      <div role="group" aria-label="Columns that are shown">
        {found.slice(0, MOST_LISTED).map(({ name }) => {
          const isShown = !hidden.includes(name);
          return (
            <Checkbox
              key={name}
              checked={isShown}
              // One stays, or nothing would be left to look at.
              disabled={isShown && nShown === 1}
              onChange={(on) => {
                hideColumn(dataset.id, name, !on);
              }}
            >
              <span className="truncate" title={name}>
                {name}
              </span>
            </Checkbox>
          );
        })}
      </div>
      {found.length > MOST_LISTED ? (
        <p className="text-sm text-faint">{formatCounted(found.length - MOST_LISTED, "more column")}: type to find them</p>
      ) : null}
    </AnchoredPopover>
  );
}
