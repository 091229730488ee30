import { useDatasetsStore } from "../state/zustand/datasets-store";
import type { AppError, DatasetId, Import, SheetQuestion } from "../types";

/** Files being imported, and those that could not be. */
export function useImports(): readonly Import[] {
  return useDatasetsStore((state) => state.imports);
}

/** The workbook whose sheet is asked for next; null while there is none. */
export function useSheetQuestion(): SheetQuestion | null {
  return useDatasetsStore((state) => state.questions[0] ?? null);
}

/** Whether files are being dragged over the window. */
export function useIsDragOver(): boolean {
  return useDatasetsStore((state) => state.isDragOver);
}

/** Trouble with renaming or deleting a dataset. */
export function useDatasetTrouble(id: DatasetId | undefined): AppError | null {
  return useDatasetsStore((state) => (id === undefined ? null : (state.troubles[id] ?? null)));
}
