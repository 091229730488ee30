// The system's own windows, which WebDriver does not reach: answered with the
// keyboard, as a person could.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PATIENCE_MS, type Window } from "./window";

const run = promisify(execFile);

/** The ids of the visible windows whose title matches the pattern as a whole. */
async function windowsCalled(title: string): Promise<string[]> {
  // It fails where there is none.
  const { stdout } = await run("xdotool", ["search", "--onlyvisible", "--name", `^${title}$`]).catch(() => ({ stdout: "" }));
  return stdout.split("\n").filter((id) => id.length > 0);
}

/** Waits for a window whose title matches the pattern as a whole and answers its id. */
export async function windowCalled(title: string): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const id = (await windowsCalled(title)).at(-1);
    if (id !== undefined) return id;
    if (Date.now() > deadline) throw new Error(`no window is called ${title}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Return is pressed again where a list of completions or a question took the
// first; one that comes when the dialog has just closed goes to the page, and
// would press there what has the focus.
const DEAFEN = `
  window.keyEvents = ["keydown", "keypress", "keyup"];
  window.deaf = (event) => {
    if (event.key === "Shift") window.hasHeardAll = true;
    if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.hasHeardAll = false;
  for (const kind of window.keyEvents) window.addEventListener(kind, window.deaf, true);`;
const LISTEN_AGAIN = `
  for (const kind of window.keyEvents) window.removeEventListener(kind, window.deaf, true);`;

/** Types a path into the file dialog of that title and waits until it is closed and all its keys have passed. */
export async function answerDialog(window: Window, title: string, path: string): Promise<void> {
  const dialog = await windowCalled(title);
  await window.driver.executeScript(DEAFEN);
  await run("xdotool", ["windowfocus", "--sync", dialog]);
  // Away from the list of recent files, in which no folder can be opened by name.
  await run("xdotool", ["key", "alt+Home"]);
  await run("xdotool", ["key", "ctrl+l"]);
  await run("xdotool", ["key", "ctrl+a"]);
  await run("xdotool", ["type", path]);
  await window.driver.wait(
    async () => {
      if (!(await windowsCalled(title)).includes(dialog)) return true;
      await run("xdotool", ["key", "Return"]);
      return false;
    },
    PATIENCE_MS,
    `the dialog ${title} stays`,
    500,
  );
  // Keys come in their order: once this one has, no Return is on its way.
  await run("xdotool", ["windowfocus", "--sync", await windowCalled("Retort")]);
  await run("xdotool", ["key", "shift"]);
  await window.until<boolean>("return window.hasHeardAll", (hasHeardAll) => hasHeardAll, "the page hears no key");
  await window.driver.executeScript(LISTEN_AGAIN);
}
