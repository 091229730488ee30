/** How far named work has come; in a file of its own, so that the window begins to listen without all that work needs. */
import * as api from "../api";
import { useWorkStore } from "../state/zustand/work-store";

export function listenToWork(): Promise<() => void> {
  return api.on.workProgress(({ work, share }) => {
    useWorkStore.setState(({ shares }) =>
      // What is not waited for any more is not kept.
      shares[work] === undefined ? {} : { shares: { ...shares, [work]: Math.max(shares[work], share ?? 0) } },
    );
  });
}
