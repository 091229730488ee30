// Times, in the page itself, from a press of Train to the frame that shows the
// new run's first epoch.
import type { Window } from "../e2e/window";

const WATCH = `
  const read = (selector) => document.querySelector('[data-testid="RunSummaryPanel"] ' + selector)?.textContent ?? "";
  const before = read("h2");
  window.firstEpochShown = new Promise((resolve) => {
    let clicked = null;
    // When the event was made, which is before the page hears of it.
    addEventListener("click", (event) => { clicked ??= event.timeStamp; }, { capture: true });
    new MutationObserver((_, observer) => {
      const isNew = read('[data-testid="run-status"]') !== "" && read("h2") !== before;
      if (clicked === null || !isNew || !(parseInt(read('[data-testid="run-epochs"]'), 10) >= 1)) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        // A message is heard after the frame has been drawn.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          resolve({ milliseconds: performance.now() - clicked, dataset: read('[data-testid="run-dataset"]') });
        };
        port2.postMessage(null);
      });
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
`;

/** Presses Train and waits for the epoch. */
export async function timeFirstEpoch(window: Window): Promise<{ milliseconds: number; dataset: string }> {
  await window.driver.executeScript(WATCH);
  await window.press("train-button");
  return window.driver.executeAsyncScript("window.firstEpochShown.then(arguments[arguments.length - 1]);");
}
