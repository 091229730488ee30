/** Settings that belong together, and can be folded away together. */
import type { ReactNode } from "react";
import type { Control } from "react-hook-form";
import { Disclosure } from "@ui/components/primitives/disclosure";
import type { FormValues } from "../../state/training-form";
import { ChoiceSetting, TextSetting } from "./setting-fields";

const WEIGHTINGS = [
  { value: "none", label: "None" },
  { value: "balanced", label: "Balanced" },
] as const;

export interface GroupProps {
  control: Control<FormValues>;
}

export function SettingGroup({ title, children, open }: { title: string; children: ReactNode; open?: boolean }) {
  return (
    <Disclosure title={title} defaultOpen={open ?? true}>
      <div className="grid grid-cols-2 items-start gap-x-3 gap-y-2 px-3 pb-3">{children}</div>
    </Disclosure>
  );
}

/** How rows are split and weighed, and the seed. */
export function DataGroup({ control, isClassification }: GroupProps & { isClassification: boolean }) {
  return (
    <SettingGroup title="Data">
      <TextSetting control={control} name="test_fraction" label="Test fraction" />
      <TextSetting control={control} name="validation_fraction" label="Validation fraction" />
      <TextSetting control={control} name="seed" label="Seed" />
      {isClassification ? (
        <ChoiceSetting control={control} name="class_weighting" label="Class weights" options={WEIGHTINGS} />
      ) : null}
    </SettingGroup>
  );
}
