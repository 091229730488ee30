import { useEffect, useMemo } from "react";
import { contentOn } from "../orchestrators/contents";
import { askProfile } from "../orchestrators/profiles";
import { sortWarnings, type SortedWarnings } from "../state/profile-warnings";
import { defaultTarget, type FormValues } from "../state/training-form";
import { useFormStore } from "../state/zustand/form-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { useProfilesStore, type ProfileShown } from "../state/zustand/profiles-store";
import type { Dataset } from "../types";

/** A target may be passed on the way to another. */
const REST_MS = 300;

/** Tables with more cells take seconds of all processors, so somebody has to look at the tab first. */
const MOST_UNASKED_CELLS = 20_000_000;

/** The column that the training form predicts; null where there is none. */
export function useChosenTarget(dataset: Dataset): string | null {
  const target = useFormStore(({ values, dataset: about }) =>
    values !== null && about === dataset.id ? values.target : defaultTarget(dataset),
  );
  return target === "" ? null : target;
}

/** What the training form holds on the dataset. */
function useContent(dataset: Dataset): FormValues {
  const values = useFormStore((state) => state.values);
  const about = useFormStore((state) => state.dataset);
  return useMemo(() => (values !== null && about === dataset.id ? values : contentOn(dataset)), [values, about, dataset]);
}

/** Keeps asking for the profile as table and target change; of a large table only while somebody looks at it. */
export function useProfileQuestions(dataset: Dataset, isLookedAt: boolean): void {
  const target = useChosenTarget(dataset);
  const isLarge = dataset.n_rows * dataset.columns.length > MOST_UNASKED_CELLS;
  const isAsked = isLarge === isLookedAt;
  const { id } = dataset;
  // The registry is read again for many reasons; only what columns are changes the answer.
  const columns = useMemo(
    () => dataset.columns.map(({ name, kind, excluded_because }) => [name, kind, excluded_because].join("\0")).join("\n"),
    [dataset],
  );
  useEffect(() => {
    if (!isAsked) return undefined;
    const timer = setTimeout(() => void askProfile({ id }, target), REST_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [id, columns, target, isAsked]);
}

/** The newest profile of a dataset; null before the first was asked for. */
export function useProfile({ id }: Dataset): ProfileShown | null {
  return useProfilesStore((state) => state.shown[id]) ?? null;
}

const NONE: readonly string[] = [];

/** Warnings of the newest profile by what has become of them; null without a profile. */
export function useWarnings(dataset: Dataset): SortedWarnings | null {
  const profile = useProfile(dataset)?.value ?? null;
  const values = useContent(dataset);
  const dismissed = usePreferencesStore((state) => state.dismissedWarnings[dataset.id]) ?? NONE;
  return useMemo(
    () => (profile === null ? null : sortWarnings(profile, { dataset, values, dismissed })),
    [profile, dataset, values, dismissed],
  );
}

/** Whether the answer of a warning can be taken back. */
export function useHasAnswer({ id }: Dataset, key: string): boolean {
  return useProfilesStore((state) => state.answers[id]?.[key] !== undefined);
}
