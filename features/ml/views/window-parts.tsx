/** What belongs to no page: start-up, and what lies over the window. */
import { lazy, Suspense } from "react";
import { useClosingWith } from "../hooks/use-closing";
import { useIsAsking } from "../hooks/use-imports";
import { useStartUp } from "../hooks/use-start-up";
import { DropOverlay } from "./components/import/drop-overlay";

// Rarely asked, so not in the script that the first paint waits for.
const ImportDialog = lazy(() =>
  import("./components/import/import-dialog").then((module) => ({ default: module.ImportDialog })),
);
const CloseDialog = lazy(() => import("./components/close-dialog").then((module) => ({ default: module.CloseDialog })));

export function MlWindowParts() {
  useStartUp();
  const isAsking = useIsAsking();
  const closingWith = useClosingWith();
  return (
    <>
      <DropOverlay />
      <Suspense fallback={null}>
        {isAsking ? <ImportDialog /> : null}
        {closingWith === null ? null : <CloseDialog jobs={closingWith} />}
      </Suspense>
    </>
  );
}
