// The system's own windows, which WebDriver does not reach: answered with the
// keyboard, as a person could.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Window } from "./window";

const run = promisify(execFile);

/** Waits for a window whose title matches the pattern as a whole and answers its id. */
export async function windowCalled(title: string): Promise<string> {
  const { stdout } = await run("xdotool", ["search", "--sync", "--onlyvisible", "--name", `^${title}$`]);
  const id = stdout.trim().split("\n").at(-1);
  if (!id) throw new Error(`no window is called ${title}`);
  return id;
}

async function isGone(id: string, title: string): Promise<boolean> {
  const { stdout } = await run("xdotool", ["search", "--onlyvisible", "--name", `^${title}$`]).catch(() => ({ stdout: "" }));
  return !stdout.split("\n").includes(id);
}

/** Types a path into the file dialog of that title and waits until it is closed. */
export async function answerDialog(window: Window, title: string, path: string): Promise<void> {
  const dialog = await windowCalled(title);
  await run("xdotool", ["windowfocus", "--sync", dialog]);
  // Away from the list of recent files, in which no folder can be opened by name.
  await run("xdotool", ["key", "alt+Home"]);
  await run("xdotool", ["key", "ctrl+l"]);
  await run("xdotool", ["key", "ctrl+a"]);
  await run("xdotool", ["type", path]);
  // The first Return may go to the list of completions, which comes when it likes.
  await window.driver.wait(
    async () => {
      if (await isGone(dialog, title)) return true;
      await run("xdotool", ["key", "Return"]).catch(() => undefined);
      return false;
    },
    30_000,
    "the dialog stays",
    500,
  );
}
