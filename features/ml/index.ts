/** The one door of the machine-learning slice. */
export { PlatformMark } from "./views/components/platform-mark";
export { DistillationView } from "./views/distillation-view";
export { RunsView } from "./views/runs-view";
export { RuntimesView } from "./views/runtimes-view";
export { TrainingView } from "./views/training-view";
export { MlWindowParts } from "./views/window-parts";
export type { Platform, Run } from "./types";
