/** How long a run still trains, by what it took so far. Pure. */
import { isUnderWay, type EpochRecord, type Run } from "../types";

const RECENT = 10;

/** Seconds of a run's own steps that are left, by the pace of its last epochs; null while there is no pace. */
export function secondsLeftOf({ config, status }: Run, epochs: readonly EpochRecord[]): number | null {
  if (!isUnderWay(status)) return 0;
  const recent = epochs.slice(-RECENT - 1);
  const [first, last] = [recent[0], recent.at(-1)];
  if (first === undefined || last === undefined) return null;
  const trained = last.train_seconds ?? 0;
  const pace =
    first.epoch === last.epoch
      ? trained / Math.max(1, last.epoch)
      : (trained - (first.train_seconds ?? 0)) / (last.epoch - first.epoch);
  return pace * Math.max(0, config.epochs - last.epoch);
}
