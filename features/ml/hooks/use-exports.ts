import { useExportsStore, type ExportShown } from "../state/zustand/exports-store";

/** The table that is being written as a file, or was written last. */
export function useExport(): ExportShown | null {
  return useExportsStore(({ shown }) => shown);
}
