// By the page's own clock: a driver that asks from outside would add its waiting.
import type { Window } from "../e2e/window";

const SCRIPT_PATIENCE_MS = 600_000;

/**
 * Milliseconds from an act to the first frame in which a condition holds; both
 * are scripts, and may use `args`.
 */
export async function firstFrame(window: Window, act: string, condition: string, ...args: string[]): Promise<number> {
  await window.driver.manage().setTimeouts({ script: SCRIPT_PATIENCE_MS });
  return window.driver.executeAsyncScript(
    `
    const args = [...arguments];
    const done = args.pop();
    const since = performance.now();
    const look = () => {
      if (!(${condition})) requestAnimationFrame(look);
      else requestAnimationFrame(() => done(performance.now() - since));
    };
    ${act};
    look();
    `,
    ...args,
  );
}
