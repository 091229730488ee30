/** Files on their way in, and the dialog that asks about them. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError } from "../../types";
import type { ImportedFile, ImportFile } from "../import-files";

interface ImportsState {
  /** Files that are neither imported nor given up. */
  files: readonly ImportFile[];
  /** Whether the dialog is open, and the file that it shows. */
  isAsking: boolean;
  shown: string | null;
  /** What was imported without a question, until it is dismissed. */
  imported: readonly ImportedFile[];
  /** The last thing that happened in the dialog, a sentence. */
  said: string;
  /** Why the report of what does not fit was not saved. */
  reportTrouble: AppError | null;
  /** Files are being dragged over the window. */
  isDragOver: boolean;
}

export const NO_IMPORTS: ImportsState = {
  files: [],
  isAsking: false,
  shown: null,
  imported: [],
  said: "",
  reportTrouble: null,
  isDragOver: false,
};

export const useImportsStore = create<ImportsState>()(() => NO_IMPORTS);

export function changeFile(key: string, change: (file: ImportFile) => ImportFile): void {
  useImportsStore.setState((state) => {
    const files = state.files.map((file) => (file.key === key ? change(file) : file));
    return files.every((file, index) => file === state.files[index]) ? state : { files };
  });
}
