/** What may be worth trying after an answer. Pure. */
import { onOtherPlatform } from "../../../../state/distillation-form";
import { layoutText } from "../../../../state/sweep-space";
import { PLATFORM_LOOKS, type DistillationJob, type DistillationResult, type DistillationSpec } from "../../../../types";

export interface NextStep {
  key: "other-platform" | "larger-student";
  label: string;
  why: string;
  spec: DistillationSpec;
}

/** Twice the units in each hidden layer make at most so many times the parameters. */
const GROWTH = 4;

function otherPlatform(job: DistillationJob): NextStep | null {
  const spec = onOtherPlatform(job);
  if (spec === null) return null;
  const names = spec.platforms.map((platform) => PLATFORM_LOOKS[platform].name).join(" and ");
  return { key: "other-platform", label: `Distil on ${names}`, why: "The same on the other platform.", spec };
}

/** None where shapes were searched, where there is no layer to widen, or where it may outgrow its teacher. */
function largerStudent({ spec }: DistillationJob, { teacher, students }: DistillationResult): NextStep | null {
  const layers = spec.config.hidden_layers;
  if (spec.student_space !== null || layers.length === 0) return null;
  const room = teacher.parameter_count;
  const sizes = students.map(({ student }) => student.parameter_count);
  if (room === null || !sizes.every((size) => size !== null && GROWTH * size < room)) return null;
  const wider = layers.map((units) => 2 * units);
  return {
    key: "larger-student",
    label: `Try a larger student: ${layoutText(wider)}`,
    why: "It stays smaller than its teacher.",
    spec: { ...spec, config: { ...spec.config, hidden_layers: wider } },
  };
}

export function nextSteps(job: DistillationJob, result: DistillationResult): NextStep[] {
  return [otherPlatform(job), largerStudent(job, result)].filter((step) => step !== null);
}
