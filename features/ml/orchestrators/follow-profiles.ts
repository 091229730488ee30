/** How far profiles have come; in a file of its own, so that the window begins to listen without all that profiles need. */
import * as api from "../api";
import { changeProfile } from "../state/zustand/profiles-store";

/** Keeps the share that is done of what was asked for last. */
export function listenToProfiles(): Promise<() => void> {
  return api.on.profileProgress(({ dataset, target, share }) => {
    changeProfile(dataset, (shown) =>
      shown?.state === "computing" && shown.target === target
        ? // Told by several threads, so one may be late.
          { ...shown, share: Math.max(shown.share ?? 0, share ?? 0) }
        : shown,
    );
  });
}
