import { Button } from "@ui/components/primitives/button";
import { Dialog } from "@ui/components/primitives/dialog";
import { formatCount } from "@ui/lib/format";
import { chooseSheet, dismissImport } from "../../orchestrators/datasets";
import type { SheetQuestion } from "../../types";

/** Asks which sheet of a workbook to read. */
export function SheetDialog({ question }: { question: SheetQuestion }) {
  const { importKey, fileName, sheets } = question;
  return (
    <Dialog
      open
      title={`Which sheet of ${fileName}?`}
      onClose={() => {
        dismissImport(importKey);
      }}
    >
      <ul className="flex flex-col gap-1 overflow-auto" data-testid="sheet-list">
        {sheets.map((sheet) => (
          <li key={sheet.name}>
            <Button className="w-full justify-between" onClick={() => void chooseSheet(question, sheet.name)}>
              <span className="truncate">{sheet.name}</span>
              <span className="figures font-normal text-faint">
                {formatCount(sheet.n_rows)} × {formatCount(sheet.n_columns)}
              </span>
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
