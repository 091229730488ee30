/** Files of the person's own: chosen in the system's dialog, or dropped on the window. */
import { getCurrentWebview } from "@tauri-apps/api/webview";
import { open, save } from "@tauri-apps/plugin-dialog";

const TABLE_EXTENSIONS = [
  ...["csv", "tsv", "txt", "tab", "psv", "json", "jsonl", "ndjson", "gz", "zst"],
  ...["xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "arrow", "feather"],
];

/** Paths chosen; none when the dialog was closed. */
export async function chooseTables(): Promise<string[]> {
  const chosen = await open({
    title: "Open a table",
    multiple: true,
    filters: [
      { name: "Tables", extensions: TABLE_EXTENSIONS },
      { name: "All files", extensions: ["*"] },
    ],
  });
  return chosen ?? [];
}

/** The folder chosen, or null. */
export async function chooseFolder(title: string): Promise<string | null> {
  return open({ title, directory: true, multiple: false });
}

/** The path to save under, or null; `kind` names the files of the extension, as "CSV". */
export async function chooseSavePath(
  title: string,
  fileName: string,
  { kind, extension }: { kind: string; extension: string },
): Promise<string | null> {
  return save({ title, defaultPath: fileName, filters: [{ name: kind, extensions: [extension] }] });
}

export type FileDrag = { state: "over" } | { state: "left" } | { state: "dropped"; paths: string[] };

/** Files dragged over the window. Ends with the returned function. */
export function onFileDrag(handle: (drag: FileDrag) => void): Promise<() => void> {
  return getCurrentWebview().onDragDropEvent(({ payload }) => {
    switch (payload.type) {
      case "enter":
        // Text dragged within the page comes without paths.
        if (payload.paths.length > 0) handle({ state: "over" });
        break;
      case "drop":
        handle({ state: "dropped", paths: payload.paths });
        break;
      case "leave":
        handle({ state: "left" });
        break;
      case "over":
        break;
    }
  });
}
