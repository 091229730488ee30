/** Work of the core that can be watched and stopped. */
import * as api from "../api";
import { useWorkStore } from "../state/zustand/work-store";
import type { WorkId } from "../types";

let workSoFar = 0;

/** Does work under a name of its own. */
export async function watched<T>(work: (name: WorkId) => Promise<T>): Promise<T> {
  workSoFar += 1;
  // The core outlives a page that is loaded anew.
  const name = `${Date.now().toString(36)}-${workSoFar}`;
  useWorkStore.setState(({ shares }) => ({ shares: { ...shares, [name]: 0 } }));
  try {
    return await work(name);
  } finally {
    useWorkStore.setState(({ shares }) => ({
      shares: Object.fromEntries(Object.entries(shares).filter(([one]) => one !== name)),
    }));
  }
}

/** Asks the core to stop; the work then fails as cancelled. */
export async function stopWork(name: WorkId): Promise<void> {
  // Who waits for the work is told how it ends.
  await api.work.cancel(name).catch(() => undefined);
}
