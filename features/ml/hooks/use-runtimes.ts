import { useRuntimesStore } from "../state/zustand/runtimes-store";
import type { Loadable, Platform, RuntimeReport } from "../types";

/** What the last check of the runtimes found. */
export function useRuntimes(): Loadable<readonly RuntimeReport[]> {
  return useRuntimesStore((state) => state.report);
}

/** The report of a platform that is known not to work; null while nothing speaks against it. */
export function useBrokenRuntime(platform: Platform): RuntimeReport | null {
  const report = useRuntimes();
  if (report.state !== "ready") return null;
  return report.value.find((one) => one.platform === platform && !one.works) ?? null;
}
