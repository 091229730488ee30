/** Which distillation is shown; in a file of its own, so that pages load without all that distillations need. */
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useDistillationsStore } from "../state/zustand/distillations-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import type { DistillationJob } from "../types";

/** Shows a distillation on its dataset's page. */
export function openDistillation({ id, spec }: DistillationJob): void {
  useDistillationsStore.setState(({ opened }) => ({ opened: { ...opened, [spec.dataset]: id } }));
  const { registry } = useDatasetsStore.getState();
  const isHere = registry.state === "ready" && registry.value.some((dataset) => dataset.id === spec.dataset);
  if (isHere) usePreferencesStore.setState({ dataset: spec.dataset });
}
