/**
 * A comparison as a page of its own: one HTML file without scripts or links,
 * light or dark as its reader prefers. Pure; every text from outside is escaped.
 */
import { formatBytes, formatCount, formatMicros, formatMoment, formatPlain } from "@ui/lib/format";
import {
  METRIC_NAMES,
  PLATFORM_LOOKS,
  type DistillationJob,
  type DistillationResult,
  type NetworkFigures,
  type StudentComparison,
  type StudentSearch,
} from "../types";
import { specInWords } from "./distillation-form";
import { deltaLines, figureGroups, gainText, TONE_MARKS, VERDICTS, warningText } from "./distillation-words";
import { layoutText } from "./sweep-space";

export interface ReportParts {
  job: DistillationJob;
  result: DistillationResult;
  datasetName: string;
  /** When the report is written, milliseconds. */
  now: number;
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1e25; --soft: #505967; --line: #d5d9e0; --surface: #fff; --better: #17703f; --worse: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf0; --soft: #adb5c2; --line: #3a414c; --surface: #14171c; --better: #63ca8f; --worse: #ff8b82; }
}
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--surface); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; margin-bottom: 0.3rem; }
.soft { color: var(--soft); } .verdict { font-size: 1.05rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.5rem; text-align: right; font-weight: 400; }
th:first-child, td:first-child { text-align: left; } thead th, .group { font-weight: 600; }
.better { color: var(--better); } .worse { color: var(--worse); }
.scroll { overflow-x: auto; }
`;

type Cell = string | { text: string; className: string };

function cell(tag: "td" | "th", content: Cell, scope = ""): string {
  const [text, className] = typeof content === "string" ? [content, ""] : [content.text, content.className];
  return `<${tag}${scope === "" ? "" : ` scope="${scope}"`}${className === "" ? "" : ` class="${className}"`}>${escaped(text)}</${tag}>`;
}

function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const body = rows.map(([first = "", ...rest]) => `<tr>${cell("th", first, "row")}${rest.map((one) => cell("td", one)).join("")}</tr>`);
  return `<h3>${escaped(caption)}</h3><div class="scroll"><table><thead><tr>${head
    .map((one) => cell("th", one, "col"))
    .join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

function sideBySide(result: DistillationResult, { student, control }: StudentComparison): string {
  const networks: [string, NetworkFigures][] = [
    ["Teacher", result.teacher],
    ...(control === null ? [] : [["Control", control] as [string, NetworkFigures]]),
    ["Student", student],
  ];
  const rows = figureGroups(result).flatMap(({ title, lines }) => [
    [{ text: title, className: "group" }, ...networks.map(() => "")],
    ...lines.map((line) => [line.name, ...networks.map(([, network]) => line.text(network))]),
  ]);
  return table("Side by side", ["", ...networks.map(([name]) => name)], rows);
}

function delta(comparison: StudentComparison, result: DistillationResult): string {
  const rows = deltaLines(comparison, result.metric).map(({ name, text, tone, note }) => [
    name,
    { text: tone === "neutral" ? text : `${TONE_MARKS[tone]} ${text}`, className: tone },
    note ?? "",
  ]);
  return table("What distilling changed", ["", "Change", "Remark"], rows);
}

function gains({ delta: { gains_by_seed, gain_over_control } }: StudentComparison, result: DistillationResult): string {
  if (gains_by_seed.length === 0 || gain_over_control === null) return "";
  const each = gains_by_seed.map((gain) => gainText(result.metric, { estimate: gain, low: null, high: null }));
  return `<p class="soft">Gain over the control, seed by seed: ${escaped(each.join("; "))}.</p>`;
}

function confusion({ confusion: counts }: StudentComparison, labels: readonly string[] | null): string {
  if (counts === null || labels === null || labels.length > 30) return "";
  const rows = counts.map((row, index) => [labels[index] ?? "", ...row.map((count) => formatCount(count))]);
  return table("Teacher’s class (rows) against the student’s (columns), test rows", ["", ...labels], rows);
}

function student(comparison: StudentComparison, result: DistillationResult): string {
  const { mark, name } = VERDICTS[comparison.verdict];
  return [
    `<h2>Student on ${escaped(PLATFORM_LOOKS[comparison.platform].name)}</h2>`,
    `<p class="verdict">${escaped(`${mark} ${name}`)}</p><p>${escaped(comparison.sentence)}</p>`,
    sideBySide(result, comparison),
    delta(comparison, result),
    gains(comparison, result),
    comparison.confusion === null
      ? ""
      : `<p class="soft">Student and teacher disagree on ${escaped(formatCount(comparison.n_disagreements))} test rows.</p>`,
    confusion(comparison, result.labels),
  ].join("\n");
}

function searched({ candidates, metric }: StudentSearch): string {
  const rows = candidates
    .filter((one) => !one.is_control)
    .map((one) => [
      `${one.number} ${PLATFORM_LOOKS[one.platform].name}`,
      layoutText(one.hidden_layers),
      formatPlain(one.distillation.temperature),
      formatPlain(one.distillation.alpha),
      formatBytes(one.weights_bytes),
      formatMicros(one.latency_us),
      one.validation[metric] === null || one.validation[metric] === undefined ? "–" : one.validation[metric].toFixed(4),
      [one.is_chosen ? "chosen" : "", one.is_knee ? "knee" : "", one.on_front ? "front" : "", one.is_within_budget ? "" : "over budget"]
        .filter((word) => word !== "")
        .join(", "),
    ]);
  return table("Students tried", ["Student", "Layers", "T", "α", "Weights", "1 row", `${METRIC_NAMES[metric]}, validation`, ""], rows);
}

/** The whole page. */
export function distillationReport({ job, result, datasetName, now }: ReportParts): string {
  const title = `Distillation of ${job.spec.target}`;
  const rows = `Trained on ${formatCount(result.n_train_rows)} rows${
    result.n_transfer_rows > 0 ? ` and ${formatCount(result.n_transfer_rows)} with the teacher’s outputs alone` : ""
  }.`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="soft">${escaped(datasetName)} · teacher ${escaped(result.teacher.name)} (${escaped(layoutText(result.teacher.hidden_layers))}) · ${escaped(specInWords(job.spec))}<br>${escaped(rows)} Finished ${escaped(formatMoment(job.finished_at, 0))}; written ${escaped(formatMoment(now, 0))}.</p>
${result.warnings.map((warning) => `<p class="worse">${escaped(warningText(warning))}</p>`).join("\n")}
${result.students.map((one) => student(one, result)).join("\n")}
${result.search === null ? "" : `<h2>Size against performance</h2>${searched(result.search)}`}
</body>
</html>
`;
}
