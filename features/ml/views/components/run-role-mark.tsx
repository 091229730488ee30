import { Button } from "@ui/components/primitives/button";
import { openDistillation } from "../../orchestrators/distillation-pages";
import { ROLE_NAMES, type DistillationJob, type Run } from "../../types";

interface RunRoleMarkProps {
  run: Run;
  /** The distillation that made it. */
  distillation: DistillationJob | null;
  /** Told after the distillation was opened; without it the mark leads nowhere. */
  onOpenDistillation?: () => void;
}

/** What a run of a distillation is there for, leading to the distillation; nothing for other runs. */
export function RunRoleMark({ run, distillation, onOpenDistillation }: RunRoleMarkProps) {
  const { role } = run;
  if (role === null || role === undefined) return null;
  const name = ROLE_NAMES[role.kind].toLowerCase();
  if (distillation === null || onOpenDistillation === undefined) {
    return (
      <span className="shrink-0 rounded-sm bg-sunken px-1 text-xs text-soft" title={`The ${name} of a distillation`}>
        {name}
      </span>
    );
  }
  return (
    <Button
      look="quiet"
      className="shrink-0 px-1 text-xs"
      title="Show the distillation"
      aria-label={`${name} of a distillation, show the distillation of ${run.name}`}
      onClick={() => {
        openDistillation(distillation);
        onOpenDistillation();
      }}
    >
      {name}
    </Button>
  );
}
