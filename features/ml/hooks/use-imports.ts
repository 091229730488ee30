import { useMemo } from "react";
import type { ImportedFile, ImportFile } from "../state/import-files";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useImportsStore } from "../state/zustand/imports-store";
import type { AppError } from "../types";

/** Files that are neither imported nor given up. */
export function useImportFiles(): readonly ImportFile[] {
  return useImportsStore((state) => state.files);
}

/** Whether the dialog about files is open. */
export function useIsAsking(): boolean {
  return useImportsStore((state) => state.isAsking);
}

/** The file that the dialog shows; null while there is none. */
export function useShownFile(): ImportFile | null {
  return useImportsStore((state) => state.files.find(({ key }) => key === state.shown) ?? state.files[0] ?? null);
}

/** What happened last in the dialog, a sentence. */
export function useSaid(): string {
  return useImportsStore((state) => state.said);
}

/** Why the report was not saved. */
export function useReportTrouble(): AppError | null {
  return useImportsStore((state) => state.reportTrouble);
}

/** What was imported without a question and is still there. */
export function useImported(): readonly ImportedFile[] {
  const imported = useImportsStore((state) => state.imported);
  const registry = useDatasetsStore((state) => state.registry);
  return useMemo(() => {
    const there = new Set(registry.state === "ready" ? registry.value.map(({ id }) => id) : []);
    return imported.filter(({ dataset }) => there.has(dataset.id));
  }, [imported, registry]);
}

/** Whether files are being dragged over the window. */
export function useIsDragOver(): boolean {
  return useImportsStore((state) => state.isDragOver);
}
