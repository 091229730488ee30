/** Keeps a list of what of a file was left out or does not fit. */
import * as api from "../api";
import type { ImportFile } from "../state/import-files";
import { useImportsStore } from "../state/zustand/imports-store";
import { watched } from "./work";

/**
 * Has the core write the whole list, as CSV, to a file that the person chooses;
 * it reads the file for that once more. True where that was done.
 */
export async function saveImportReport({ fileName, path, decisions }: ImportFile): Promise<boolean> {
  useImportsStore.setState({ reportTrouble: null });
  try {
    const out = await api.chooseSavePath("Save the report", `${fileName} problems.csv`, { kind: "CSV", extension: "csv" });
    if (out === null) return false;
    await watched((work) => api.datasets.saveReport(path, decisions.sheet, decisions.options, out, work));
    return true;
  } catch (caught) {
    useImportsStore.setState({ reportTrouble: api.asAppError(caught) });
    return false;
  }
}
