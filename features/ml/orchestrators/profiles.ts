/** Profiles and splits: ask for them as the dataset or the form changes, stop them, and do what warnings advise. */
import * as api from "../api";
import { actionOf, warningKey, withAction, withoutAction } from "../state/profile-warnings";
import type { FormValues } from "../state/training-form";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { changeProfile, useProfilesStore } from "../state/zustand/profiles-store";
import type { Dataset, DatasetId, PreparationSpec, ProfileWarning, SplitPreview } from "../types";
import { changeContents, contentOn } from "./contents";

let questionsSoFar = 0;
/** The newest question about each dataset; answers to older ones are not waited for. */
const newest = new Map<DatasetId, number>();

function nextQuestion(id: DatasetId): number {
  questionsSoFar += 1;
  newest.set(id, questionsSoFar);
  return questionsSoFar;
}

/** Asks for figures and for warnings about a target; those that are shown stay until they are there. */
export async function askProfile({ id }: Pick<Dataset, "id">, target: string | null): Promise<void> {
  const question = nextQuestion(id);
  const before = useProfilesStore.getState().shown[id];
  changeProfile(id, () => ({ target, value: before?.value ?? null, state: "computing", share: null, error: null }));
  try {
    // It stops all that is under way on the dataset, so it has to be through before the new one begins.
    if (before?.state === "computing") await api.datasets.cancelProfile(id);
    if (newest.get(id) !== question) return;
    const value = await api.datasets.profile(id, target);
    if (newest.get(id) !== question) return;
    changeProfile(id, () => ({ target, value, state: "ready", share: 1, error: null }));
  } catch (caught) {
    if (newest.get(id) !== question) return;
    const error = api.asAppError(caught);
    changeProfile(id, (shown) => ({
      target,
      value: shown?.value ?? null,
      state: error.code === "cancelled" ? "stopped" : "failed",
      share: null,
      error: error.code === "cancelled" ? null : error,
    }));
  }
}

/** Stops what is under way; figures that were there stay. */
export async function stopProfile({ id }: Dataset): Promise<void> {
  try {
    await api.datasets.cancelProfile(id);
  } catch (caught) {
    const error = api.asAppError(caught);
    changeProfile(id, (shown) => (shown === undefined ? shown : { ...shown, error }));
  }
}

/** Rows and classes of each part of a split. */
export function readSplit(preparation: PreparationSpec): Promise<SplitPreview> {
  return api.datasets.previewSplit(preparation);
}

function keepAnswer(id: DatasetId, key: string, before: FormValues | undefined): void {
  useProfilesStore.setState(({ answers }) => ({ answers: { ...answers, [id]: { ...answers[id], [key]: before } } }));
}

/** Does what the warning advises. */
export function answerWarning(dataset: Dataset, warning: ProfileWarning, target: string | null): void {
  const action = actionOf(warning, dataset);
  if (action === null) return;
  keepAnswer(dataset.id, warningKey(warning, target), contentOn(dataset));
  changeContents(dataset, (values) => withAction(action, values, dataset));
}

/** Takes back what a click on the warning changed. */
export function undoAnswer(dataset: Dataset, warning: ProfileWarning, target: string | null): void {
  const key = warningKey(warning, target);
  const before = useProfilesStore.getState().answers[dataset.id]?.[key];
  const action = actionOf(warning, dataset);
  if (before === undefined || action === null) return;
  changeContents(dataset, (values) => withoutAction(action, values, before, dataset));
  keepAnswer(dataset.id, key, undefined);
}

function changeDismissed(id: DatasetId, change: (keys: readonly string[]) => readonly string[]): void {
  usePreferencesStore.setState(({ dismissedWarnings }) => ({
    dismissedWarnings: { ...dismissedWarnings, [id]: change(dismissedWarnings[id] ?? []) },
  }));
}

/** The warning is not shown any more, after a restart neither. */
export function dismissWarning({ id }: Dataset, warning: ProfileWarning, target: string | null): void {
  const key = warningKey(warning, target);
  changeDismissed(id, (keys) => [...keys.filter((one) => one !== key), key]);
}

/** All warnings of the dataset are shown again. */
export function restoreWarnings({ id }: Dataset): void {
  changeDismissed(id, () => []);
}
