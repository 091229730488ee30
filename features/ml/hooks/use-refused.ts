import { useFormState, type Control, type FieldValues, type Path } from "react-hook-form";

/** Whether one of these fields is refused as it stands. */
export function useRefused<Values extends FieldValues>(control: Control<Values>, names: readonly Path<Values>[]): boolean {
  const { errors } = useFormState({ control });
  return names.some((name) => errors[name] !== undefined);
}
