/** The life of the window: start-up, the check of the runtimes, closing. */
import * as api from "../api";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useJobsStore } from "../state/zustand/jobs-store";
import { useRuntimesStore } from "../state/zustand/runtimes-store";
import { useWindowStore } from "../state/zustand/window-store";
import { loadDatasets } from "./datasets";
import { listenToJobs, loadHistory } from "./follow-jobs";
import { listenToProfiles } from "./follow-profiles";
import { listenToWork } from "./follow-work";
import { listenToFileDrops } from "./imports";

/** Trains a small network on each platform and keeps the report. */
export async function checkRuntimes(): Promise<void> {
  useRuntimesStore.setState({ report: { state: "loading" } });
  try {
    useRuntimesStore.setState({ report: { state: "ready", value: await api.runtimes.check() } });
  } catch (caught) {
    useRuntimesStore.setState({ report: { state: "failed", error: api.asAppError(caught) } });
  }
}

/** After two frames the first paint is on screen; a hidden window has no frames. */
function firstPaint(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        resolve();
      });
    });
    setTimeout(resolve, 1000);
  });
}

let started: Promise<void> | null = null;

/** Begins to listen and to load; once for the life of the page, however often it is called. */
export function startUp(): Promise<void> {
  started ??= (async () => {
    try {
      await listen();
    } catch (caught) {
      // Without events the window would silently show old news.
      const error = api.asAppError(caught);
      useDatasetsStore.setState({ registry: { state: "failed", error } });
      useJobsStore.setState({ history: { state: "failed", error } });
      return;
    }
    await Promise.all([loadDatasets(), loadHistory(), firstPaint().then(api.shell.ready).catch(showInRuntimes)]);
    await checkRuntimes();
  })();
  return started;
}

async function listen(): Promise<void> {
  await Promise.all([
    listenToJobs(),
    listenToFileDrops(),
    listenToProfiles(),
    listenToWork(),
    api.on.datasetsChanged(() => void loadDatasets()),
    api.on.closeRequested((activeJobs) => {
      useWindowStore.setState({ closingWith: activeJobs });
    }),
  ]);
}

/** Warming up fails for the reasons for which training would. */
function showInRuntimes(caught: unknown): void {
  useRuntimesStore.setState({ report: { state: "failed", error: api.asAppError(caught) } });
}

export function keepOpen(): void {
  useWindowStore.setState({ closingWith: null });
}

export async function closeAnyway(): Promise<void> {
  keepOpen();
  await api.shell.confirmClose();
}
