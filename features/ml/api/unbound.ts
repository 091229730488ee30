/** Calls of commands that the generated bindings do not list, in the bindings' own form. */
import { invoke } from "@tauri-apps/api/core";
import type { AppError, Result } from "./result";

export async function call<T>(command: string, parameters: Record<string, unknown>): Promise<Result<T, AppError>> {
  try {
    return { status: "ok", data: await invoke<T>(command, parameters) };
  } catch (caught) {
    // The core answers with a plain object; an Error is a defect of ours.
    if (caught instanceof Error) throw caught;
    return { status: "error", error: caught as AppError };
  }
}
