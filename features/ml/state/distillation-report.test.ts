import { describe, expect, it } from "vitest";
import { candidate, comparison, distillationJob, network, result } from "../test/distillations";
import type { DistillationResult } from "../types";
import { distillationReport } from "./distillation-report";

const page = (changes: Partial<DistillationResult> = {}, datasetName = "Flowers") =>
  distillationReport({ job: distillationJob(), result: result(changes), datasetName, now: 3000 });

describe("the report", () => {
  it("takes no text from outside as markup", () => {
    const evil = `<script>alert("1")</script> & 'x'`;
    const html = page({ labels: [evil, "b", "c"], teacher: network({ name: evil }), students: [comparison({ sentence: evil })] }, evil);
    expect(html).not.toMatch(/<script/);
    const parsed = new DOMParser().parseFromString(html, "text/html");
    expect(parsed.querySelectorAll("script, img, link, iframe")).toHaveLength(0);
    expect(parsed.body.textContent).toContain(evil);
  });

  it("needs nothing from elsewhere and follows its reader's light or dark", () => {
    const html = page();
    expect(html).not.toMatch(/https?:|src=|@import|url\(/);
    expect(html).toMatch(/prefers-color-scheme: dark/);
    expect(html).toMatch(/<html lang="en">/);
  });

  it("says the answer first, then the figures, with their side in words", () => {
    const { body } = new DOMParser().parseFromString(page(), "text/html");
    const text = body.textContent;
    expect(text).toMatch(/Distillation pays[\s\S]*1\/23 of the size and loses[\s\S]*Side by side[\s\S]*0\.8 ± 0\.3 points worse/);
    expect(text).toMatch(/Gain over the control, seed by seed: 1\.2 points better; 1\.4 points better; 1\.6 points better/);
    expect([...body.querySelectorAll("thead")][0]?.textContent).toBe("TeacherControlStudent");
  });

  it("has no column for a control that was not trained", () => {
    const { body } = new DOMParser().parseFromString(page({ students: [comparison({ control: null })] }), "text/html");
    expect([...body.querySelectorAll("thead")][0]?.textContent).toBe("TeacherStudent");
  });

  it("lists the students tried, and which was chosen", () => {
    const search = { metric: "accuracy", teacher: 0.97, elapsed_secs: 3, candidates: [candidate({ is_chosen: true, is_knee: true }), candidate({ number: 2, is_control: true })] } as const;
    const { body } = new DOMParser().parseFromString(page({ search: { ...search, candidates: [...search.candidates] } }), "text/html");
    expect(body.textContent).toMatch(/Students tried[\s\S]*1 PyTorch16[\s\S]*chosen, knee, front/);
    expect(body.textContent).not.toMatch(/2 PyTorch16/);
  });
});
