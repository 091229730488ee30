/** What belongs to no page: start-up, and what lies over the window. */
import { lazy, Suspense } from "react";
import { useClosingWith } from "../hooks/use-closing";
import { useSheetQuestion } from "../hooks/use-imports";
import { useStartUp } from "../hooks/use-start-up";
import { DropOverlay } from "./components/drop-overlay";

// Rarely asked, so not in the script that the first paint waits for.
const SheetDialog = lazy(() => import("./components/sheet-dialog").then((module) => ({ default: module.SheetDialog })));
const CloseDialog = lazy(() => import("./components/close-dialog").then((module) => ({ default: module.CloseDialog })));

export function MlWindowParts() {
  useStartUp();
  const question = useSheetQuestion();
  const closingWith = useClosingWith();
  return (
    <>
      <DropOverlay />
      <Suspense fallback={null}>
        {question === null ? null : <SheetDialog question={question} />}
        {closingWith === null ? null : <CloseDialog jobs={closingWith} />}
      </Suspense>
    </>
  );
}
