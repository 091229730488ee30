import { Confirm } from "@ui/components/primitives/dialog";
import { closeAnyway, keepOpen } from "../../orchestrators/window";

/** Asks once before the window closes while jobs are under way. */
export function CloseDialog({ jobs }: { jobs: number }) {
  return (
    <Confirm
      open
      title="Training is under way"
      action="Close"
      cancel="Keep open"
      onConfirm={() => void closeAnyway()}
      onClose={keepOpen}
    >
      {jobs === 1 ? "One job is" : `${jobs} jobs are`} not finished. Nothing is lost: what is under way goes on when
      Retort is opened again.
    </Confirm>
  );
}
