import { useIsDragOver } from "../../../hooks/use-imports";

/** Says that files may be let go. */
export function DropOverlay() {
  const isOver = useIsDragOver();
  if (!isOver) return null;
  return (
    <div
      data-testid="drop-overlay"
      role="status"
      className="pointer-events-none fixed inset-2 z-50 flex items-center justify-center rounded-lg border-2 border-dashed border-accent bg-accent-wash/90"
    >
      <p className="text-xl font-semibold">Drop tables to open them: CSV, Excel, Parquet and others</p>
    </div>
  );
}
