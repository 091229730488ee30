/** The shape in which every command answers. */
export type { AppError } from "./bindings";

export type Result<T, E> = { status: "ok"; data: T } | { status: "error"; error: E };
