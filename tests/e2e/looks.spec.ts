// Every page in both themes and three sizes, empty and full: nothing that axe
// finds serious, nothing wider than the window, and a picture to look at.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Window } from "./window";

const PAGES = {
  pytorch: "/ml/pytorch",
  tensorflow: "/ml/tensorflow",
  distillation: "/ml/knowledge-distillation",
  runs: "/runs",
  settings: "/settings",
};
const SIZES = [
  [900, 700],
  [1280, 800],
  [1920, 1080],
] as const;

describe("looks", () => {
  let window: Window;

  beforeAll(async () => {
    window = await Window.open();
    await window.reads("DatasetTableAccordion", /Adelie/);
  });

  afterAll(async () => {
    await window.discard();
  });

  async function look(content: string, theme: "light" | "dark"): Promise<void> {
    await window.theme(theme);
    for (const [width, height] of SIZES) {
      await window.resize(width, height);
      for (const [page, route] of Object.entries(PAGES)) {
        await window.go(route);
        const wider = await window.driver.executeScript<number>(
          "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        expect(wider, `${page} at ${width} px is wider than the window`).toBeLessThanOrEqual(0);
        expect(await window.seriousTrouble(), `${page}, ${theme}, ${content}`).toEqual([]);
        await window.picture(`looks-${page}-${content}-${width}-${theme}`);
      }
    }
  }

  it("empty, light", () => look("empty", "light"));
  it("empty, dark", () => look("empty", "dark"));

  it("full", async () => {
    await window.go("/ml/pytorch");
    await window.pick("DatasetTableCombobox", "Concrete strength");
    await window.press("train-both-button");
    await window.reads("run-status", /Finished/);
    await window.go("/ml/tensorflow");
    await window.reads("run-status", /Finished/);
    await look("full", "light");
    await look("full", "dark");
  });
});
