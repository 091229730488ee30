/** Tables as files for other programs. */
import * as api from "../api";
import { EXPORTS, exportName, type ExportKind } from "../state/export-kinds";
import { fileNameOf } from "../state/import-files";
import { useExportsStore } from "../state/zustand/exports-store";
import type { Dataset } from "../types";
import { stopWork, watched } from "./work";

/** Asks where to, and writes the table there. */
export async function exportDataset(dataset: Dataset, kind: ExportKind): Promise<void> {
  if (useExportsStore.getState().shown?.fate.state === "writing") return;
  const { format, typed, files } = EXPORTS[kind];
  let fileName = exportName(dataset, kind);
  useExportsStore.setState({ shown: null });
  try {
    const path = await api.chooseSavePath(`Export ${dataset.name}`, fileName, files);
    if (path === null) return;
    fileName = fileNameOf(path);
    await watched((work) => {
      useExportsStore.setState({ shown: { dataset, kind, fileName, fate: { state: "writing", work } } });
      return api.datasets.export(dataset.id, path, format, typed, work);
    });
    useExportsStore.setState({ shown: { dataset, kind, fileName, fate: { state: "written" } } });
  } catch (caught) {
    const error = api.asAppError(caught);
    useExportsStore.setState({
      shown: error.code === "cancelled" ? null : { dataset, kind, fileName, fate: { state: "failed", error } },
    });
  }
}

export async function stopExport(): Promise<void> {
  const fate = useExportsStore.getState().shown?.fate;
  if (fate?.state === "writing") await stopWork(fate.work);
}

export function dismissExport(): void {
  useExportsStore.setState({ shown: null });
}
