/** What a person does with distillations, and the reads for the hooks that keep them. */
import * as api from "../api";
import { distillationReport, type ReportParts } from "../state/distillation-report";
import { setDistillationTrouble, useDistillationsStore } from "../state/zustand/distillations-store";
import type { AppError, DistillationSnapshot, DistillationSpec, JobId } from "../types";
import { catchUp } from "./follow-jobs";

/** Queues the distillation; it is on screen when this is done. Trouble stands in `start`. */
export async function startDistillation(spec: DistillationSpec): Promise<void> {
  useDistillationsStore.setState({ start: { state: "starting" } });
  try {
    const job = await api.jobs.startDistillation(spec);
    await catchUp(job);
    useDistillationsStore.setState(({ opened }) => ({
      start: { state: "idle" },
      opened: { ...opened, [spec.dataset]: job },
    }));
  } catch (caught) {
    useDistillationsStore.setState({ start: { state: "failed", error: api.asAppError(caught) } });
  }
}

/** Runs `action` for a distillation; what goes wrong is shown with it. True where all went well. */
async function attempt(id: JobId, action: () => Promise<unknown>): Promise<boolean> {
  setDistillationTrouble(id, null);
  try {
    await action();
    return true;
  } catch (caught) {
    setDistillationTrouble(id, api.asAppError(caught));
    return false;
  }
}

export function cancelDistillation(id: JobId): Promise<boolean> {
  return attempt(id, () => api.jobs.cancel(id));
}

export function dismissDistillationTrouble(id: JobId): void {
  setDistillationTrouble(id, null);
}

/** Writes the comparison as a page of its own to a file that the person chooses. True where that was done. */
export async function saveReport(parts: ReportParts): Promise<boolean> {
  const { id } = parts.job;
  let done = false;
  await attempt(id, async () => {
    const path = await api.chooseSavePath("Save the report", `distillation-${id}.html`, { kind: "HTML", extension: "html" });
    if (path === null) return;
    await api.reports.save(path, distillationReport(parts));
    done = true;
  });
  return done;
}

export function readDistillation(id: JobId): Promise<DistillationSnapshot> {
  return api.distillations.get(id);
}

/** What a failed read came to. */
export function errorOf(caught: unknown): AppError {
  return api.asAppError(caught);
}
