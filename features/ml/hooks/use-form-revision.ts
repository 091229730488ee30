import { useDistillationsStore } from "../state/zustand/distillations-store";
import { useFormStore } from "../state/zustand/form-store";

/** Changes when the form's content was replaced from outside; in a file of its own, so that pages load without the form. */
export function useFormRevision(): number {
  return useFormStore((state) => state.revision);
}

/** The same of the distillation form. */
export function useDistillationRevision(): number {
  return useDistillationsStore((state) => state.revision);
}
