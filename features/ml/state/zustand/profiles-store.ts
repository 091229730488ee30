/** Profiles of datasets, those under way among them. Written by orchestrators only. */
import { create } from "zustand";
import type { AppError, DatasetId, DatasetProfile } from "../../types";
import type { FormValues } from "../training-form";

/** A profile as it is shown: the newest figures there are, and what is under way. */
export interface ProfileShown {
  /** Asked for last. */
  target: string | null;
  /** Stays while newer figures are computed; its own target says what it is about. */
  value: DatasetProfile | null;
  state: "computing" | "ready" | "stopped" | "failed";
  /** Done of what is under way, 0 to 1; null before the first word. */
  share: number | null;
  error: AppError | null;
}

interface ProfilesState {
  shown: Partial<Record<DatasetId, ProfileShown>>;
  /** The form's content before a warning was answered by a click, by dataset and warning, for the way back. */
  answers: Partial<Record<DatasetId, Partial<Record<string, FormValues>>>>;
}

export const useProfilesStore = create<ProfilesState>()(() => ({ shown: {}, answers: {} }));

export function changeProfile(id: DatasetId, change: (shown: ProfileShown | undefined) => ProfileShown | undefined): void {
  useProfilesStore.setState(({ shown }) => ({ shown: { ...shown, [id]: change(shown[id]) } }));
}
