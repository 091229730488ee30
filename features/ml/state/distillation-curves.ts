/** Curves of students and controls as they train, and how far they are. Pure. */
import { isUnderWay, PLATFORMS, type EpochRecord, type Platform, type Run } from "../types";
import { secondsLeftOf } from "./pace";

export type Contestant = "student" | "control";

/** Students or controls of one platform, with their epochs. */
export interface Contest {
  platform: Platform;
  role: Contestant;
  members: readonly { run: Run; epochs: readonly EpochRecord[] }[];
}

/** By platform, students before controls; those without a run are left out. */
export function contestsOf(runs: readonly Run[], epochs: readonly (readonly EpochRecord[])[]): Contest[] {
  return PLATFORMS.flatMap((platform) =>
    (["student", "control"] as const).flatMap((role): Contest[] => {
      const members = runs.flatMap((run, index) =>
        run.platform === platform && run.role?.kind === role ? [{ run, epochs: epochs[index] ?? [] }] : [],
      );
      return members.length === 0 ? [] : [{ platform, role, members }];
    }),
  );
}

type Pick = (record: EpochRecord) => number | null | undefined;

export function curveOf(epochs: readonly EpochRecord[], pick: Pick): (readonly [number, number])[] {
  return epochs.flatMap((record) => {
    const value = pick(record);
    return typeof value === "number" ? [[record.epoch, value] as const] : [];
  });
}

/**
 * The mean over the seeds, epoch by epoch, as far as every run that still
 * trains has come: a mean over some of them would jump as the others follow.
 */
export function meanCurve({ members }: Contest, pick: Pick): (readonly [number, number])[] {
  const training = members.filter(({ run }) => isUnderWay(run.status));
  const reached = training.length === 0 ? Infinity : Math.min(...training.map(({ epochs }) => epochs.at(-1)?.epoch ?? 0));
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { epochs } of members) {
    for (const [epoch, value] of curveOf(epochs, pick)) {
      if (epoch > reached) break;
      const { sum, count } = sums.get(epoch) ?? { sum: 0, count: 0 };
      sums.set(epoch, { sum: sum + value, count: count + 1 });
    }
  }
  return [...sums].sort(([a], [b]) => a - b).map(([epoch, { sum, count }]) => [epoch, sum / count] as const);
}

/** How far these runs are together, 0 to 1. */
export function shareDone(runs: readonly Run[]): number {
  const shares = runs.map(({ status, epoch, config }) => (isUnderWay(status) ? epoch / Math.max(1, config.epochs) : 1));
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}

/**
 * Seconds until all have trained: runs of a platform share its worker, and
 * each counts its share of the time; platforms work side by side.
 */
export function secondsLeftTogether(contests: readonly Contest[]): number | null {
  const byPlatform = PLATFORMS.map((platform) => {
    let sum: number | null = 0;
    for (const { members } of contests.filter((one) => one.platform === platform)) {
      for (const { run, epochs } of members) {
        const left = secondsLeftOf(run, epochs);
        sum = sum === null || left === null ? null : sum + left;
      }
    }
    return sum;
  });
  return byPlatform.includes(null) ? null : Math.max(...byPlatform.map((one) => one ?? 0));
}
