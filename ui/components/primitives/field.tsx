import { useId, type ReactNode } from "react";
import { classNames } from "@ui/lib/class-names";

export interface FieldSlots {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
}

interface FieldProps {
  label: string;
  /** What it means, a few words. */
  hint?: string;
  error?: string;
  children: (slots: FieldSlots) => ReactNode;
  className?: string;
}

/** A label, a control, and what is wrong with it. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  const id = useId();
  const detailId = `${id}-detail`;
  const detail = error ?? hint;
  return (
    <div className={classNames("min-w-0", className)}>
      <label htmlFor={id} className="block text-sm text-soft">
        {label}
      </label>
      {children({ id, describedBy: detail === undefined ? undefined : detailId, invalid: error !== undefined })}
      {detail === undefined ? null : (
        <p
          id={detailId}
          role={error === undefined ? undefined : "alert"}
          className={classNames("mt-0.5 text-sm break-words", error === undefined ? "text-faint" : "text-danger")}
        >
          {detail}
        </p>
      )}
    </div>
  );
}
