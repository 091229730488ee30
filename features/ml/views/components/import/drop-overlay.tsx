import { createPortal } from "react-dom";
import { useIsDragOver } from "../../../hooks/use-imports";

/** Says that files may be let go. */
export function DropOverlay() {
  const isOver = useIsDragOver();
  if (!isOver) return null;
  // Over a dialog, too: more files may be dropped while it asks.
  return createPortal(
    <div
      data-testid="drop-overlay"
      role="status"
      className="pointer-events-none fixed inset-2 z-60 flex items-center justify-center rounded-lg border-2 border-dashed border-accent bg-accent-wash/90"
    >
      <p className="text-xl font-semibold">Drop tables to open them: CSV, Excel, Parquet and others</p>
    </div>,
    document.body,
  );
}
