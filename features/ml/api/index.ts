/** The slice's only way to the core and to Tauri. */
export * from "./core";
export * from "./files";
export { CoreError, asAppError } from "./error";
export type * from "./contract";
