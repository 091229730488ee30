/** Keeps a list of what of a file was left out or does not fit. */
import * as api from "../api";
import type { ImportFile } from "../state/import-files";
import { reportOf } from "../state/reading-words";
import { useImportsStore } from "../state/zustand/imports-store";
import type { Reading } from "../types";

/** Writes the list as CSV to a file that the person chooses. True where that was done. */
export async function saveImportReport({ fileName }: ImportFile, reading: Reading): Promise<boolean> {
  useImportsStore.setState({ reportTrouble: null });
  try {
    const path = await api.chooseSavePath("Save the report", `${fileName} problems.csv`, { kind: "CSV", extension: "csv" });
    if (path === null) return false;
    await api.reports.save(path, reportOf(reading));
    return true;
  } catch (caught) {
    useImportsStore.setState({ reportTrouble: api.asAppError(caught) });
    return false;
  }
}
