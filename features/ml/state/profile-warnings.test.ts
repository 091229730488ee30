// What a click on a warning changes, what it leaves alone, and how it is taken
// back.
import { describe, expect, it } from "vitest";
import { dataset, DEFAULTS } from "../test/examples";
import { bikes, BY_TIME, LEAK, OUTLIERS, profile, REPEATS } from "../test/profiles";
import type { ProfileAction, ProfileWarning } from "../types";
import { actionOf, isAnswered, sortWarnings, warningKey, withAction, withoutAction } from "./profile-warnings";
import { formFor, toConfig, type FormValues } from "./training-form";
import { actionInWords, answerInWords, asSentence, namesInWords } from "./warning-words";

const fresh = formFor(bikes, DEFAULTS, null);

const ACTIONS: readonly ProfileAction[] = [
  { kind: "exclude_columns", columns: ["casual", "registered"] },
  { kind: "split_by_group", column: "station" },
  { kind: "split_by_time", column: "when" },
  { kind: "drop_duplicates" },
  { kind: "balance_classes" },
];

/** Order among ticked columns means nothing. */
const sorted = (values: FormValues) => ({ ...values, features: [...values.features].sort() });

describe("the action of a warning", () => {
  it.each([
    [ACTIONS[0], { exclude: ["casual", "registered"] }],
    [ACTIONS[1], { split: "by_group", split_column: "station", features: null, exclude: [] }],
    [ACTIONS[2], { split: "by_time", split_column: "when", features: null, exclude: [] }],
    [ACTIONS[3], { drop_duplicates: true }],
    [ACTIONS[4], { class_weighting: "balanced" }],
  ])("%j becomes a setting of the run", (action, config) => {
    if (action === undefined) throw new Error("no action");
    expect(isAnswered(action, fresh)).toBe(false);
    const after = withAction(action, fresh, bikes);
    expect(isAnswered(action, after)).toBe(true);
    expect(toConfig(after, bikes)).toEqual({ ...DEFAULTS, ...config });
  });

  it.each(ACTIONS)("$kind is taken back without a trace", (action) => {
    const after = withAction(action, fresh, bikes);
    expect(sorted(withoutAction(action, after, fresh, bikes))).toEqual(sorted(fresh));
  });

  it("is taken back without touching what was changed since", () => {
    const [exclude, group] = ACTIONS;
    if (exclude === undefined || group === undefined) throw new Error("no action");
    const before = { ...fresh, features: fresh.features.filter((name) => name !== "registered") };
    const since = { ...withAction(exclude, before, bikes), epochs: "7", drop_duplicates: true };
    const back = withoutAction(exclude, since, before, bikes);
    expect(back).toMatchObject({ epochs: "7", drop_duplicates: true });
    expect(back.features).toContain("casual");
    // It was left out before the click, too.
    expect(back.features).not.toContain("registered");
  });

  it("does not tick a column that has become the target meanwhile", () => {
    const action: ProfileAction = { kind: "exclude_columns", columns: ["casual"] };
    const after = { ...withAction(action, fresh, bikes), target: "casual" };
    expect(withoutAction(action, after, fresh, bikes).features).not.toContain("casual");
  });

  it("goes back to the split that was there before", () => {
    const before = withAction({ kind: "split_by_group", column: "station" }, fresh, bikes);
    const action: ProfileAction = { kind: "split_by_time", column: "when" };
    const after = withAction(action, before, bikes);
    expect(after.features).toContain("station");
    expect(after.features).not.toContain("when");
    expect(sorted(withoutAction(action, after, before, bikes))).toEqual(sorted(before));
  });
});

describe("warnings", () => {
  it("are open until they are dismissed or the form is as they ask for, by hand too", () => {
    const values = { ...fresh, drop_duplicates: true };
    const dismissed = [warningKey(BY_TIME, "count")];
    expect(sortWarnings(profile(), { dataset: bikes, values, dismissed })).toEqual({
      open: [LEAK, OUTLIERS],
      answered: [REPEATS],
      dismissed: [BY_TIME],
    });
  });

  it("about the target come back with another target, those about the table do not", () => {
    const dismissed = profile().warnings.map((warning) => warningKey(warning, "count"));
    const other = sortWarnings(profile({ target: "casual" }), { dataset: bikes, values: fresh, dismissed });
    expect(other.open).toEqual([LEAK]);
    expect(other.dismissed).toEqual([BY_TIME, REPEATS, OUTLIERS]);
  });

  it("about what is left out anyway are answered, until a person ticks it all the same", () => {
    const warning: ProfileWarning = {
      ...OUTLIERS,
      kind: "identifier",
      columns: ["number"],
      message: "number is a key and is left out",
    };
    const flowers = formFor(dataset, DEFAULTS, null);
    const sort = (values: FormValues) => sortWarnings(profile({ warnings: [warning] }), { dataset, values, dismissed: [] });
    expect(sort(flowers).answered).toEqual([warning]);
    expect(sort({ ...flowers, features: ["number"] }).open).toEqual([warning]);
    expect(actionOf(warning, dataset)).toEqual({ kind: "exclude_columns", columns: ["number"] });
    // Names that are too many to learn are a person's own decision.
    expect(actionOf({ ...warning, kind: "high_cardinality_text", columns: ["colour"] }, dataset)).toBeNull();
  });

  it("begin with a capital, unless that would change a name", () => {
    expect(asSentence("one value of age lies far out", ["age"])).toBe("One value of age lies far out");
    expect(asSentence("age lies far out", ["age"])).toBe("age lies far out");
  });

  it("say what a click does and what it has done", () => {
    expect(ACTIONS.map(actionInWords)).toEqual([
      "Leave out casual and registered",
      "Split by station",
      "Split by time of when",
      "Drop duplicates",
      "Balance classes",
    ]);
    expect(answerInWords({ kind: "exclude_columns", columns: ["id"] })).toBe("id is not learnt from");
    expect(namesInWords(["a", "b", "c", "d", "e"])).toBe("a, b and 3 others");
  });
});
