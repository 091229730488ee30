/** The table that is being written as a file, or was written last. Written by orchestrators only. */
import { create } from "zustand";
import type { ExportKind } from "../export-kinds";
import type { AppError, Dataset, WorkId } from "../../types";

export interface ExportShown {
  dataset: Dataset;
  kind: ExportKind;
  fileName: string;
  fate: { state: "writing"; work: WorkId } | { state: "written" } | { state: "failed"; error: AppError };
}

export const useExportsStore = create<{ shown: ExportShown | null }>()(() => ({ shown: null }));
