/** What belongs to no page: start-up, and what lies over the window. */
import { useStartUp } from "../hooks/use-start-up";
import { CloseDialog } from "./components/close-dialog";
import { DropOverlay } from "./components/drop-overlay";
import { SheetDialog } from "./components/sheet-dialog";

export function MlWindowParts() {
  useStartUp();
  return (
    <>
      <DropOverlay />
      <SheetDialog />
      <CloseDialog />
    </>
  );
}
