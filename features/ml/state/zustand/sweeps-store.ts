/** The sweep form's content, which sweep is shown, and how its trials are looked at. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError, DatasetId, JobId } from "../../types";
import type { SweepFormValues } from "../sweep-form";
import { FIRST_VIEW, type TrialView } from "../trial-view";
import type { Start } from "./jobs-store";

interface SweepsState {
  /** Shared by both pages, kept while the form is not on screen. */
  values: SweepFormValues | null;
  start: Start;
  /** The sweep opened on a dataset; without one the newest shows. */
  opened: Partial<Record<DatasetId, JobId>>;
  views: Partial<Record<JobId, TrialView>>;
  /** Trouble with doing something to a sweep, where it is shown. */
  troubles: Partial<Record<JobId, AppError>>;
  /** How often the speed of a sweep's networks was measured; what shows it is asked for again. */
  measured: Partial<Record<JobId, number>>;
}

export const useSweepsStore = create<SweepsState>()(() => ({
  values: null,
  start: { state: "idle" },
  opened: {},
  views: {},
  troubles: {},
  measured: {},
}));

export function changeView(id: JobId, change: (view: TrialView) => Partial<TrialView>): void {
  useSweepsStore.setState(({ views }) => {
    const view = views[id] ?? FIRST_VIEW;
    return { views: { ...views, [id]: { ...view, ...change(view) } } };
  });
}

export function setSweepTrouble(id: JobId, error: AppError | null): void {
  useSweepsStore.setState(({ troubles }) => ({ troubles: { ...troubles, [id]: error ?? undefined } }));
}
