// What a person reads of a distillation's answer: words, signs, and a dash where nothing was measured.
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../../api";
import { NOTHING_KNOWN } from "../../../../state/job-events";
import { useDistillationsStore } from "../../../../state/zustand/distillations-store";
import { useJobsStore } from "../../../../state/zustand/jobs-store";
import { dataset, DEFAULTS, job as someJob, run } from "../../../../test/examples";
import type {
  DistillationDelta,
  DistillationJob,
  DistillationResult,
  DistillationSnapshot,
  DistillationSpec,
  InferenceSpeed,
  NetworkFigures,
  Run,
  SeedFigure,
  StudentCandidate,
  StudentComparison,
  StudentSearch,
} from "../../../../types";
import { DistillationComparisonPanel } from "./distillation-comparison-panel";
import { nextSteps } from "./next-steps";
import { frontOf, searchGroups } from "./search-points";

const over = (mean: number, sd: number | null, by_seed: number[] = [mean]): SeedFigure => ({ mean, sd, by_seed });

function speed(one: [number, number], many: [number, number], isReliable = true): InferenceSpeed {
  const batch = (rows: number, [p50_micros, p95_micros]: [number, number]) => ({ rows, repetitions: 200, p50_micros, p95_micros, rows_per_second: null });
  return {
    batches: [batch(1, one), batch(1024, many)],
    load_millis: null,
    peak_memory_bytes: null,
    preparation: [],
    other_busy_cores: null,
    is_reliable: isReliable,
    measured_at: null,
  };
}

function network(changes: Partial<NetworkFigures> = {}): NetworkFigures {
  return {
    run_ids: ["student-1", "student-2"],
    platforms: ["pytorch", "pytorch"],
    name: "Student",
    hidden_layers: [16],
    parameter_count: 131,
    weights_bytes: 700,
    artifact_bytes: 5200,
    validation: { accuracy: over(0.93, 0.01, [0.92, 0.94]) },
    test: { accuracy: over(0.92, 0.01, [0.91, 0.93]) },
    train_seconds: 1.5,
    speed: null,
    ...changes,
  };
}

const TEACHER = network({
  run_ids: ["teacher"],
  platforms: ["pytorch"],
  name: "Large one",
  hidden_layers: [64, 64],
  parameter_count: 4675,
  weights_bytes: 19_000,
  validation: { accuracy: over(0.95, null) },
  test: { accuracy: over(0.941, null) },
});

function delta(changes: Partial<DistillationDelta> = {}): DistillationDelta {
  return {
    size_reduction_percent: 96.3,
    size_ratio: 27.1,
    metric_change: over(-0.021, 0.01),
    control_change: over(-0.035, 0.01),
    gain_over_control: { estimate: 0.014, low: 0.009, high: 0.019 },
    gain_sd: 0.005,
    gains_by_seed: [0.012, 0.016],
    speedup_batch1: null,
    agreement: { same_percent: over(95.2, 0.4), mean_kl: over(0.031, 0.002), rms_difference: null },
    ...changes,
  };
}

function comparison(changes: Partial<StudentComparison> = {}): StudentComparison {
  return {
    platform: "pytorch",
    distillation: { loss: { kind: "hinton" }, alpha: 0.9, temperature: 4 },
    student: network(),
    control: network({ run_ids: ["control-1"], name: "Control", test: { accuracy: over(0.906, 0.01) } }),
    delta: delta(),
    disagreements: [
      { row: 7, truth: 0, teacher: 0, student: 1 },
      { row: 20, truth: 2, teacher: 1, student: 2 },
    ],
    n_disagreements: 3,
    confusion: [
      [10, 2, 0],
      [0, 9, 1],
      [0, 0, 8],
    ],
    verdict: "pays",
    sentence: "The teacher’s help is worth 1.4 points.",
    seeds_left_out: [],
    ...changes,
  };
}

function answer(changes: Partial<DistillationResult> = {}): DistillationResult {
  return {
    job_id: "job-1",
    metric: "accuracy",
    labels: ["a", "b", "c"],
    teacher: TEACHER,
    students: [comparison()],
    n_train_rows: 105,
    n_transfer_rows: 0,
    search: null,
    warnings: [],
    ...changes,
  };
}

function distilJob(spec: Partial<DistillationSpec> = {}): DistillationJob {
  return {
    ...someJob({ status: "succeeded" }),
    spec: {
      kind: "distil",
      dataset: dataset.id,
      target: "kind",
      platforms: ["pytorch"],
      teacher: { kind: "runs", run_ids: ["teacher"] },
      config: { ...DEFAULTS, hidden_layers: [16] },
      loss: null,
      temperature: 4,
      alpha: 0.9,
      seeds: 2,
      transfer: { kind: "none" },
      control: true,
      student_space: null,
      budget: {},
      ...spec,
    },
  } as DistillationJob;
}

function candidate(changes: Partial<StudentCandidate> = {}): StudentCandidate {
  return {
    number: 1,
    platform: "pytorch",
    is_control: false,
    hidden_layers: [8],
    distillation: { loss: { kind: "hinton" }, alpha: 0.9, temperature: 4 },
    parameter_count: 67,
    weights_bytes: 400,
    validation: { accuracy: 0.88 },
    best_epoch: 9,
    train_seconds: 0.4,
    latency_us: null,
    on_front: true,
    is_knee: false,
    is_within_budget: true,
    is_chosen: false,
    ...changes,
  };
}

const SEARCH: StudentSearch = {
  metric: "accuracy",
  teacher: 0.95,
  elapsed_secs: 3,
  candidates: [
    candidate(),
    candidate({ is_control: true, validation: { accuracy: 0.87 }, on_front: false }),
    candidate({ number: 2, hidden_layers: [16], weights_bytes: 700, validation: { accuracy: 0.93 }, is_knee: true, is_chosen: true }),
    candidate({ number: 3, hidden_layers: [12], weights_bytes: 900, validation: { accuracy: 0.9 }, on_front: false, is_within_budget: false }),
    // Diverged: no figures.
    candidate({ number: 4, hidden_layers: [32], weights_bytes: 1500, validation: {}, on_front: false, is_within_budget: false }),
  ],
};

function show(changes: Partial<DistillationResult> = {}, job = distilJob()) {
  const result = answer(changes);
  const opened: Run[] = [];
  const snapshot: DistillationSnapshot = { job_id: job.id, phase: "done", teacher: TEACHER, warnings: [], search: result.search, result };
  render(<DistillationComparisonPanel job={job} snapshot={snapshot} onOpenRun={(one) => opened.push(one)} />);
  return { opened, result };
}

const change = (key: string) => screen.getByTestId(`delta-${key}`);
const figures = (key: string) => within(screen.getByTestId(`figures-${key}`)).getAllByRole("cell").map((cell) => cell.textContent);
const toneOf = (key: string) => change(key).querySelector("[data-tone]")?.getAttribute("data-tone");

describe("the comparison of teacher, control and student", { timeout: 20_000 }, () => {
  beforeEach(() => {
    const runs = Object.fromEntries(
      ["student-1", "student-2"].map((id) => [id, run({ id, name: `Small ${id}`, job_id: "job-1", status: "succeeded" })]),
    );
    useJobsStore.setState({ known: { ...NOTHING_KNOWN, runs }, troubles: {} });
    useDistillationsStore.setState({ start: { state: "idle" }, opened: {}, troubles: {} });
  });

  it.each([
    ["pays", "▲", "Distillation pays"],
    ["no_clear_difference", "≈", "No clear difference"],
    ["costs", "▼", "Distillation costs"],
    ["unknown", "?", "Cannot be told"],
  ] as const)("says %s by a mark, a word and the sentence", (verdict, mark, name) => {
    show({ students: [comparison({ verdict, sentence: "As it is.", seeds_left_out: [3] })] });
    const said = screen.getByTestId("distillation-verdict");
    expect(said).toHaveTextContent(mark);
    expect(said).toHaveTextContent(name);
    expect(said).toHaveTextContent("As it is.");
    expect(said).toHaveTextContent("Seed 3 is left out");
  });

  it("speaks of each student platform, and warns", () => {
    show({
      students: [comparison(), comparison({ platform: "tensorflow", verdict: "costs" })],
      warnings: [{ kind: "one_seed" }],
    });
    const [first, second] = screen.getAllByTestId("distillation-verdict");
    expect(first).toHaveTextContent(/pays.*PyTorch/);
    expect(second).toHaveTextContent(/costs.*TensorFlow/);
    expect(screen.getByTestId("distillation-warning")).toHaveTextContent(/With one seed no interval can be given/);
  });

  it("spells out what is better and worse", () => {
    show();
    expect(change("size")).toHaveTextContent("96.3 % smaller, 1/27 of the size");
    expect(change("metric")).toHaveTextContent("2.1 ± 1.0 points worse");
    expect(toneOf("metric")).toBe("worse");
    expect(change("gain")).toHaveTextContent("1.4 points better; with 95 % confidence from 0.9 points better to 1.9 points better");
    expect(toneOf("gain")).toBe("better");
    expect(change("same")).toHaveTextContent("95.2 ± 0.4 %");
    expect(change("kl")).toHaveTextContent("nats");
    expect(screen.queryByTestId("delta-rms")).toBeNull();
  });

  it("calls a gain whose interval holds 0 neither better nor worse, and one below 0 worse", () => {
    const gain = (low: number, high: number) => delta({ gain_over_control: { estimate: (low + high) / 2, low, high } });
    show({
      students: [
        comparison({ delta: gain(-0.004, 0.008), verdict: "no_clear_difference" }),
        comparison({ platform: "tensorflow", delta: gain(-0.03, -0.01), verdict: "costs" }),
      ],
    });
    const [unclear, clear] = change("gain").querySelectorAll("[data-tone]");
    expect(unclear).toHaveAttribute("data-tone", "neutral");
    expect(unclear).toHaveTextContent("from 0.4 points worse to 0.8 points better");
    expect(clear).toHaveAttribute("data-tone", "worse");
    expect(clear).toHaveTextContent("2.0 points worse");
  });

  it("invents no speed", () => {
    show();
    expect(figures("latency")).toEqual(["–", "–", "–"]);
    expect(figures("latency-many")).toEqual(["–", "–", "–"]);
    expect(change("speed")).toHaveTextContent("–not measured");
    expect(toneOf("speed")).toBe("neutral");
    expect(screen.getByTestId("speed-remark")).toHaveTextContent("Inference speed was not measured.");
  });

  it("shows measured speed, and says which figures are not to be trusted", () => {
    show({
      teacher: { ...TEACHER, speed: speed([40, 52], [900, 1100]) },
      students: [comparison({ student: network({ speed: speed([14.3, 25.9], [310, 400], false) }), delta: delta({ speedup_batch1: 2.8 }) })],
    });
    expect(figures("latency")).toEqual(["40.0 / 52.0 µs", "–", "14.3 / 25.9 µs *"]);
    expect(figures("latency-many")).toEqual(["0.900 / 1.10 ms", "–", "310 / 400 µs *"]);
    expect(change("speed")).toHaveTextContent("2.8 × as fast");
    expect(screen.getByTestId("speed-remark")).toHaveTextContent(/busy with other work; these times are not to be trusted/);
  });

  it("puts teacher, control and student side by side with their spread", () => {
    show();
    expect(figures("test-accuracy")).toEqual(["0.941", "0.906 ± 0.010", "0.920 ± 0.010"]);
    expect(figures("parameters")).toEqual(["4,675", "131", "131"]);
    expect(figures("bytes")).toEqual(["5.20 kB", "5.20 kB", "5.20 kB"]);
    expect(figures("test-macro_f1")).toEqual(["–", "–", "–"]);
  });

  it("has no column and no gain for a control that was not trained", () => {
    show({
      students: [
        comparison({
          control: null,
          verdict: "unknown",
          delta: delta({ control_change: null, gain_over_control: null, gain_sd: null, gains_by_seed: [] }),
        }),
      ],
    });
    expect(within(screen.getByTestId("distillation-figures")).queryByText("Control")).toBeNull();
    expect(figures("test-accuracy")).toHaveLength(2);
    expect(change("gain")).toHaveTextContent("–no control was trained");
    expect(screen.getByTestId("DistillationComparisonPanel")).toHaveTextContent(/no telling what the teacher was worth/);
  });

  it("lists where student and teacher disagree, and says how many more there are", () => {
    show();
    const part = screen.getByTestId("distillation-disagreements");
    expect(part).toHaveTextContent("disagree on 3 of 30 (10.0 %) test rows; the first 2 are listed");
    const [, first, second] = within(within(part).getByRole("region", { name: /Rows on which/ })).getAllByRole("row");
    expect(within(first as HTMLElement).getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["8", "a", "a", "b", "teacher"]);
    expect(within(second as HTMLElement).getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["21", "c", "b", "c", "student"]);
    expect(within(part).getByRole("region", { name: /Test rows by predicted class/ })).toHaveTextContent(/teacher’s class/);
  });

  it("leaves out for a regression what only classes have", () => {
    show({
      metric: "rmse",
      labels: null,
      teacher: { ...TEACHER, validation: {}, test: { rmse: over(2, null) } },
      students: [
        comparison({
          student: network({ validation: {}, test: { rmse: over(2.4, 0.1) } }),
          control: network({ validation: {}, test: { rmse: over(2.3, 0.1) } }),
          delta: delta({
            metric_change: over(0.4, 0.1),
            control_change: over(0.3, 0.1),
            gain_over_control: { estimate: -0.1, low: -0.15, high: -0.05 },
            agreement: { same_percent: null, mean_kl: null, rms_difference: over(0.7, 0.05) },
          }),
          disagreements: [],
          n_disagreements: 0,
          confusion: null,
          verdict: "costs",
          sentence: "Train it alone.",
        }),
      ],
    });
    // An error that rises is worse.
    expect(change("metric")).toHaveTextContent("0.40 ± 0.10 in RMSE worse");
    expect(toneOf("metric")).toBe("worse");
    expect(change("gain")).toHaveTextContent("0.10 in RMSE worse");
    expect(change("rms")).toHaveTextContent("0.70 ± 0.05");
    for (const gone of ["delta-same", "delta-kl", "distillation-disagreements", "figures-test-accuracy"]) {
      expect(screen.queryByTestId(gone)).toBeNull();
    }
    expect(screen.getByTestId("DistillationComparisonPanel")).not.toHaveTextContent(/points/);
  });

  it("opens and exports the student that was best on validation rows", async () => {
    vi.spyOn(api, "chooseFolder").mockResolvedValue("/tmp/out");
    const exported = vi.spyOn(api.runs, "export").mockResolvedValue(null as never);
    const { opened } = show();
    await userEvent.click(screen.getByRole("button", { name: "Open run Small student-2" }));
    expect(opened.map(({ id }) => id)).toEqual(["student-2"]);
    expect(useJobsStore.getState().opened.pytorch).toBe("student-2");
    await userEvent.click(screen.getByRole("button", { name: /Export the student/ }));
    await waitFor(() => {
      expect(exported).toHaveBeenCalledWith("student-2", "/tmp/out");
    });
  });

  it("writes the report to the file that was chosen", async () => {
    vi.spyOn(api, "chooseSavePath").mockResolvedValue("/tmp/report.html");
    const save = vi.spyOn(api.reports, "save").mockResolvedValue(null as never);
    show();
    await userEvent.click(screen.getByTestId("export-report"));
    expect(await screen.findByRole("button", { name: "Report saved" })).toBeVisible();
    expect(save).toHaveBeenCalledWith("/tmp/report.html", expect.stringContaining("2.1 ± 1.0 points worse"));
  });

  it("proposes the other platform and a larger student, as long as that is smaller than its teacher", () => {
    const keys = (job: DistillationJob, result = answer()) => nextSteps(job, result).map(({ key, spec }) => [key, spec.platforms, spec.config.hidden_layers]);
    expect(keys(distilJob())).toEqual([
      ["other-platform", ["tensorflow"], [16]],
      ["larger-student", ["pytorch"], [32]],
    ]);
    const both = distilJob({ platforms: ["pytorch", "tensorflow"] });
    expect(keys(both, answer({ students: [comparison({ student: network({ parameter_count: 2000 }) })] }))).toEqual([]);
  });

  it("shows the matrix only where teachers of both platforms are known", () => {
    show();
    expect(screen.queryByTestId("distillation-matrix")).toBeNull();
  });

  it("fills the matrix with the same experiment under a teacher of the other platform", async () => {
    const other = { ...distilJob({ teacher: { kind: "runs", run_ids: ["other"] } }), id: "job-2" };
    const theirs = answer({
      job_id: "job-2",
      teacher: { ...TEACHER, platforms: ["tensorflow"] },
      students: [comparison({ verdict: "costs", delta: delta({ metric_change: over(-0.05, 0.01) }) })],
    });
    useJobsStore.setState(({ known }) => ({ known: { ...known, jobs: { "job-2": other } } }));
    vi.spyOn(api.distillations, "get").mockResolvedValue({ job_id: "job-2", phase: "done", teacher: null, warnings: [], search: null, result: theirs });
    show();
    expect(await screen.findByTestId("matrix-tensorflow-pytorch")).toHaveTextContent(/5\.0 ± 1\.0 points worse than the teacher.*Distillation costs/);
    expect(screen.getByTestId("matrix-pytorch-pytorch")).toHaveTextContent(/2\.1 ± 1\.0 points worse.*Distillation pays/);
    expect(screen.getByTestId("matrix-pytorch-tensorflow")).toHaveTextContent("not run");
  });
});

describe("the students that were tried", { timeout: 20_000 }, () => {
  it("names the one picked and by what budget", () => {
    show({ search: SEARCH }, distilJob({ budget: { max_bytes: 800, max_points_lost: 3 } }));
    expect(screen.getByTestId("student-picked")).toHaveTextContent(
      "Picked on PyTorch: student 2, 16, the best on validation rows within the budget: at most 800 B of weights and at most 3 points below the teacher.",
    );
    expect(screen.getByTestId("student-search")).toHaveTextContent(/4 students tried in 3\.00 s.*Their latency was not measured\./);
    expect(screen.queryByTestId("search-chart-latency")).toBeNull();
    const rows = within(screen.getByTestId("student-candidates")).getAllByRole("row").slice(1);
    const texts = rows.map((row) => within(row).getAllByRole("cell").map((cell) => cell.textContent));
    expect(texts.map((cells) => cells.at(-1))).toEqual(["front", "picked, knee, front", "over budget", "over budget"]);
    // Quality and its control's: neither is made up for one that diverged.
    expect(texts.map((cells) => cells.slice(8, 10))).toEqual([["0.8800", "0.8700"], ["0.9300", "–"], ["0.9000", "–"], ["–", "–"]]);
    expect(rows[1]).toHaveAttribute("aria-current", "true");
  });

  it("says that the knee was picked where no budget was set", () => {
    show({ search: SEARCH });
    expect(screen.getByTestId("student-picked")).toHaveTextContent(/student 2, 16, the knee of the front; no budget was set\./);
    expect(screen.getByTestId("student-candidates")).not.toHaveTextContent(/over budget/);
  });

  it("says so where the budget's latency was never measured", () => {
    show({ search: SEARCH }, distilJob({ budget: { max_latency_us: 20 } }));
    expect(screen.getByTestId("student-picked")).toHaveTextContent(/at most 20\.0 µs for 1 row\. Its latency was not measured/);
  });

  it("shows those so far while nothing is picked", () => {
    const search = { ...SEARCH, candidates: [candidate({ on_front: false })] };
    const job = distilJob({ budget: { max_bytes: 1 } });
    render(<DistillationComparisonPanel job={job} snapshot={{ job_id: job.id, phase: "searching", teacher: null, warnings: [], search, result: null }} />);
    expect(screen.getByTestId("student-search")).toHaveTextContent("So far; a student is picked once all were tried.");
    expect(screen.queryByTestId("distillation-verdict")).toBeNull();
  });

  it("draws students, controls and teacher, joins the front and rings the knee", () => {
    const groups = searchGroups(SEARCH, TEACHER, "size");
    expect(groups.map(({ name, points }) => [name, points.length])).toEqual([
      ["Student, PyTorch", 3],
      ["Control, PyTorch", 1],
      ["Teacher", 1],
      ["Picked, the knee", 1],
    ]);
    expect(groups[2]?.points).toEqual([[19_000, 0.95]]);
    expect(frontOf(SEARCH, "pytorch", "size")).toEqual([[400, 0.88], [700, 0.93]]);
    expect(frontOf(SEARCH, "tensorflow", "size")).toEqual([]);
    expect(searchGroups(SEARCH, TEACHER, "latency")).toEqual([]);
  });

  it("finds the front over latency among what was measured", () => {
    const [a, , b, c] = SEARCH.candidates as [StudentCandidate, StudentCandidate, StudentCandidate, StudentCandidate];
    const timed = { ...SEARCH, candidates: [{ ...a, latency_us: 12 }, { ...b, latency_us: 10 }, { ...c, latency_us: null }] };
    expect(frontOf(timed, "pytorch", "latency")).toEqual([[10, 0.93]]);
    expect(searchGroups(timed, TEACHER, "latency").map(({ name }) => name)).toEqual(["Student, PyTorch", "Picked"]);
  });
});
