// What Linux tells of a process and its children.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Linux' USER_HZ, the unit of every time in /proc; the same on all its systems. */
const TICKS_PER_SECOND = 100;
const PATIENCE_MS = 60_000;
/** A tree is at rest once a second of the clock costs it at most this much of a processor. */
const REST_MS = 1000;
const REST_TICKS = 5;

interface Stat {
  parent: number;
  /** Used so far, by all threads. */
  ticks: number;
  /** Since the machine started. */
  startTicks: number;
}

/** Null where the process has ended. */
function stat(process: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${process}/stat`, "utf8");
    // The name before the last bracket may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const field = (number: number) => Number(fields[number - 3]);
    if (fields[0] === "Z") return null;
    return { parent: field(4), ticks: field(14) + field(15), startTicks: field(22) };
  } catch {
    return null;
  }
}

function all(): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** The one process that runs the program on the data folder. */
export function findProcess(program: string, dataDir: string): number {
  const found = all().filter((process) => {
    try {
      const environment = readFileSync(`/proc/${process}/environ`, "utf8").split("\0");
      return (
        readlinkSync(`/proc/${process}/exe`) === program && environment.includes(`RETORT_DATA_DIR=${dataDir}`)
      );
    } catch {
      return false; // not ours to look at, or ended
    }
  });
  const [process] = found;
  if (process === undefined || found.length > 1) throw new Error(`found ${found.length} processes of ${program}`);
  return process;
}

/** The process and all its descendants. */
export function tree(root: number): number[] {
  const parents = new Map(all().map((process) => [process, stat(process)?.parent]));
  const found = [root];
  for (const member of found) {
    for (const [process, parent] of parents) if (parent === member) found.push(process);
  }
  return found;
}

/** Names of the programs in the tree. */
export function programs(root: number): string[] {
  return tree(root).flatMap((process) => {
    try {
      return [readlinkSync(`/proc/${process}/exe`).split("/").at(-1) ?? ""];
    } catch {
      return [];
    }
  });
}

/** `Date.now()` when the machine started, to a millisecond or two. */
function bootTime(): number {
  // Uptime is told in hundredths of a second, so wait for it to change.
  const uptime = () => readFileSync("/proc/uptime", "utf8").split(" ")[0];
  const before = uptime();
  for (;;) {
    const after = uptime();
    if (after !== before) return Date.now() - Number(after) * 1000;
  }
}

/** `Date.now()` when the process was started, at most 10 ms early. */
export function startTime(process: number): number {
  const found = stat(process);
  if (found === null) throw new Error(`process ${process} has ended`);
  return bootTime() + (found.startTicks / TICKS_PER_SECOND) * 1000;
}

/** Bytes that the process shares with no other. */
export function privateBytes(process: number): number {
  const text = readFileSync(`/proc/${process}/smaps_rollup`, "utf8");
  const kibibytes = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].map((match) => Number(match[1]));
  if (kibibytes.length !== 2) throw new Error(`process ${process} does not tell its private memory`);
  return kibibytes.reduce((sum, part) => sum + part, 0) * 1024;
}

/** Waits until the tree does next to nothing, and says since when (`Date.now()`). */
export async function atRest(root: number): Promise<number> {
  const ticks = () => tree(root).reduce((sum, process) => sum + (stat(process)?.ticks ?? 0), 0);
  const deadline = Date.now() + PATIENCE_MS;
  const seen = [{ at: Date.now(), ticks: ticks() }];
  for (;;) {
    await sleep(50);
    const now = { at: Date.now(), ticks: ticks() };
    seen.push(now);
    const then = seen.findLast(({ at }) => at <= now.at - REST_MS);
    // Fewer ticks than before: a process has ended, and took its count along.
    if (then !== undefined && Math.abs(now.ticks - then.ticks) <= REST_TICKS) return then.at;
    if (now.at > deadline) throw new Error("the window does not come to rest");
  }
}

/** Waits until none of the processes is left. */
export async function haveEnded(processes: readonly number[]): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (processes.some((process) => stat(process) !== null)) {
    if (Date.now() > deadline) throw new Error("a process does not end");
    await sleep(20);
  }
}
