// The newest question wins, figures stay while others are computed or when they
// are stopped, and what a person made of warnings is kept.
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../api";
import { useDistillationsStore } from "../state/zustand/distillations-store";
import { useFormStore } from "../state/zustand/form-store";
import { usePreferencesStore } from "../state/zustand/preferences-store";
import { useProfilesStore } from "../state/zustand/profiles-store";
import { formFor } from "../state/training-form";
import { DEFAULTS } from "../test/examples";
import { bikes, LEAK, profile } from "../test/profiles";
import type { DatasetProfile, ProfileProgress } from "../types";
import { listenToProfiles } from "./follow-profiles";
import { answerWarning, askProfile, dismissWarning, restoreWarnings, stopProfile, undoAnswer } from "./profiles";

const shown = () => useProfilesStore.getState().shown[bikes.id];

/** Profiles that are answered by hand, in any order. */
function answers() {
  const open: { target: string | null; resolve: (profile: DatasetProfile) => void; reject: (reason: unknown) => void }[] = [];
  vi.spyOn(api.datasets, "profile").mockImplementation(
    (_, target) =>
      new Promise((resolve, reject) => {
        open.push({ target, resolve, reject });
      }),
  );
  const cancel = vi.spyOn(api.datasets, "cancelProfile").mockResolvedValue(null);
  return { open, cancel };
}

beforeEach(() => {
  useProfilesStore.setState({ shown: {}, answers: {} });
  useFormStore.setState({ values: null, dataset: null, revision: 0 });
  useDistillationsStore.setState({ values: null, student: null, dataset: null, revision: 0 });
  usePreferencesStore.setState({ dismissedWarnings: {} });
});

describe("a profile", () => {
  it("of the newest target is shown, whatever comes later of an older one, which is stopped first", async () => {
    const { open, cancel } = answers();
    const first = askProfile(bikes, "count");
    const second = askProfile(bikes, "casual");
    await vi.waitFor(() => {
      expect(open).toHaveLength(2);
    });
    expect(cancel).toHaveBeenCalledWith("bikes");
    open[1]?.resolve(profile({ target: "casual" }));
    open[0]?.resolve(profile({ target: "count" }));
    await Promise.all([first, second]);
    expect(shown()).toMatchObject({ state: "ready", target: "casual", value: { target: "casual" } });
  });

  it("stays in sight while the next is computed, and when that is stopped or fails", async () => {
    const { open } = answers();
    const first = askProfile(bikes, "count");
    open[0]?.resolve(profile());
    await first;
    const second = askProfile(bikes, "casual");
    expect(shown()).toMatchObject({ state: "computing", value: { target: "count" } });
    await stopProfile(bikes);
    open[1]?.reject(new api.CoreError({ code: "cancelled", message: "the profile was stopped", hint: null }));
    await second;
    expect(shown()).toMatchObject({ state: "stopped", error: null, value: { target: "count" } });
    const third = askProfile(bikes, "casual");
    open[2]?.reject(new api.CoreError({ code: "storage", message: "the table is damaged", hint: null }));
    await third;
    expect(shown()).toMatchObject({ state: "failed", error: { message: "the table is damaged" }, value: { target: "count" } });
  });

  it("tells how far it has come, and only of what was asked for last", async () => {
    const { open } = answers();
    let tell: (progress: ProfileProgress) => void = () => undefined;
    vi.spyOn(api.on, "profileProgress").mockImplementation((handle) => {
      tell = handle;
      return Promise.resolve(() => undefined);
    });
    await listenToProfiles();
    const asked = askProfile(bikes, "count");
    tell({ dataset: "bikes", target: "count", share: 0.5 });
    tell({ dataset: "bikes", target: "count", share: 0.4 });
    tell({ dataset: "bikes", target: "casual", share: 0.9 });
    expect(shown()?.share).toBe(0.5);
    open[0]?.resolve(profile());
    await asked;
    tell({ dataset: "bikes", target: "count", share: 0.7 });
    expect(shown()?.share).toBe(1);
  });
});

describe("a warning", () => {
  it("changes a form that nobody has touched yet, and takes it back", () => {
    answerWarning(bikes, LEAK, "count");
    const { values, revision } = useFormStore.getState();
    expect(values?.features).toEqual(["when", "station", "set", "temperature"]);
    expect(revision).toBe(1);
    undoAnswer(bikes, LEAK, "count");
    expect(useFormStore.getState().values?.features).toContain("casual");
    expect(useFormStore.getState().revision).toBe(2);
    // There is nothing left to take back.
    undoAnswer(bikes, LEAK, "count");
    expect(useFormStore.getState().revision).toBe(2);
  });

  it("keeps the settings that were there, and changes the student of a distillation on the same table", () => {
    const values = { ...formFor(bikes, DEFAULTS, null), epochs: "7" };
    useFormStore.setState({ values, dataset: bikes.id });
    useDistillationsStore.setState({ student: { ...values, epochs: "9" }, dataset: bikes.id });
    answerWarning(bikes, LEAK, "count");
    expect(useFormStore.getState().values?.epochs).toBe("7");
    const { student, revision } = useDistillationsStore.getState();
    expect(student?.epochs).toBe("9");
    expect(student?.features).not.toContain("casual");
    expect(revision).toBe(1);
  });

  it("leaves the student on another table alone", () => {
    const student = { ...formFor(bikes, DEFAULTS, null), target: "other" };
    useDistillationsStore.setState({ student, dataset: "another" });
    answerWarning(bikes, LEAK, "count");
    expect(useDistillationsStore.getState().student).toEqual(student);
  });

  it("stays dismissed on its table, and comes back when asked for", () => {
    dismissWarning(bikes, LEAK, "count");
    dismissWarning(bikes, LEAK, "count");
    expect(usePreferencesStore.getState().dismissedWarnings.bikes).toHaveLength(1);
    expect(JSON.parse(localStorage.getItem("retort.ml") ?? "{}")).toHaveProperty("state.dismissedWarnings.bikes.length", 1);
    restoreWarnings(bikes);
    expect(usePreferencesStore.getState().dismissedWarnings.bikes).toEqual([]);
  });
});
