// What a person waits for who drops a large file on the window. Run by hand,
// with the file, on a data folder of its own:
//
//     RETORT_BENCH_FILE=FILE vitest run importing --config tests/bench/vitest.config.ts
import { basename } from "node:path";
import { describe, it } from "vitest";
import { Window } from "../e2e/window";
import { firstFrame } from "./first-frame";

const FILE = process.env.RETORT_BENCH_FILE;
const WIDTH = 1280;
const HEIGHT = 800;

const DROP = `window.__TAURI_INTERNALS__.invoke("plugin:event|emit", {
  event: "tauri://drag-drop",
  payload: { paths: args, position: { x: 400, y: 300 } },
})`;
const part = (testId: string): string => `document.querySelector('[data-testid="${testId}"]')`;

describe.skipIf(FILE === undefined)("importing", () => {
  it("shows first rows soon, and the table later", async () => {
    const window = await Window.open();
    try {
      await window.resize(WIDTH, HEIGHT);
      for (const theme of ["light", "dark"] as const) {
        await window.theme(theme);
        await window.reads("DatasetTableAccordion", /Adelie/);
        console.log(`first rows after ${(await firstFrame(window, DROP, `${part("reading-preview")} !== null`, FILE ?? "")).toFixed(0)} ms`);
        await window.picture(`reading-large-${theme}`);
      }
    } finally {
      await window.discard();
    }
  });

  it("imports what was read", async () => {
    const window = await Window.open();
    try {
      await window.resize(WIDTH, HEIGHT);
      await window.reads("DatasetTableAccordion", /Adelie/);
      const dialog = `${part("import-one")} !== null && !${part("import-one")}.disabled`;
      const table = `/${name()}/.test(${part("DatasetTableAccordion")}.closest("main").textContent) && ${part("import-dialog")} === null`;
      console.log(`understood after ${(await firstFrame(window, DROP, dialog, FILE ?? "")).toFixed(0)} ms`);
      await window.picture("read-large");
      console.log(`imported ${(await firstFrame(window, `${part("import-one")}.click()`, table)).toFixed(0)} ms later`);
      await window.picture("imported-large");
    } finally {
      await window.discard();
    }
  });
});

/** As a regular expression finds it. */
function name(): string {
  return basename(FILE ?? "").replaceAll(".", "\\.");
}
