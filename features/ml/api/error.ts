/** How trouble arrives from the core: one type, whatever went wrong. */
import type { AppError, Result } from "./result";

/** Thrown by every call of the core that fails; callers act on `detail.code`. */
export class CoreError extends Error {
  readonly detail: AppError;

  constructor(detail: AppError) {
    super(detail.message);
    this.name = "CoreError";
    this.detail = detail;
  }
}

/** The answer's data; a failure is thrown as `CoreError`. */
export async function unwrap<T>(answer: Promise<Result<T, AppError>>): Promise<T> {
  const result = await answer;
  if (result.status === "ok") return result.data;
  throw new CoreError(result.error);
}

/** What was caught, as something that can be shown. Anything but a `CoreError` is a defect of ours. */
export function asAppError(caught: unknown): AppError {
  if (caught instanceof CoreError) return caught.detail;
  const message = caught instanceof Error ? caught.message : String(caught);
  return { code: "internal", message, hint: "Restart the app; if it happens again, report it with this message" };
}
