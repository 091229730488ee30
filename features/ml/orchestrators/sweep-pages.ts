/** What the pages are for, and which sweep they show; in a file of its own, so that pages load without all that sweeps need. */
import * as api from "../api";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { useSweepsStore } from "../state/zustand/sweeps-store";
import type { JobId, PageMode, SweepJob } from "../types";

export function setMode(mode: PageMode): void {
  usePreferencesStore.setState({ mode });
}

/** Shows a sweep on its dataset's pages. */
export function openSweep({ id, spec }: SweepJob): void {
  useSweepsStore.setState(({ opened }) => ({ opened: { ...opened, [spec.dataset]: id } }));
  const { registry } = useDatasetsStore.getState();
  const isHere = registry.state === "ready" && registry.value.some((dataset) => dataset.id === spec.dataset);
  usePreferencesStore.setState(isHere ? { mode: "sweep", dataset: spec.dataset } : { mode: "sweep" });
}

/** Lets the core read a sweep's trials. What goes wrong is told to whoever asks for them. */
export function readSweepAhead(id: JobId): void {
  api.sweeps.get(id).catch(() => undefined);
}
