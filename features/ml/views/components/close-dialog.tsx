import { Confirm } from "@ui/components/primitives/dialog";
import { useClosingWith } from "../../hooks/use-closing";
import { closeAnyway, keepOpen } from "../../orchestrators/window";

/** Asks once before the window closes while jobs are under way. */
export function CloseDialog() {
  const jobs = useClosingWith();
  return (
    <Confirm
      open={jobs !== null}
      title="Training is under way"
      action="Close"
      cancel="Keep open"
      onConfirm={() => void closeAnyway()}
      onClose={keepOpen}
    >
      {jobs === 1 ? "One job is" : `${jobs ?? 0} jobs are`} not finished. Nothing is lost: what is under way goes on when
      Retort is opened again.
    </Confirm>
  );
}
