import { METRIC_NAMES, METRICS_OF_TASK, type Run } from "../../types";
import { formatMetric } from "./metric-format";

const PARTS = ["test", "validation", "train"] as const;
const PART_NAMES = { test: "Test", validation: "Validation", train: "Train" } as const;

/** Metrics of a finished run: test first, the parts it was chosen and trained on beside it. */
export function RunMetrics({ run }: { run: Run }) {
  const { outcome, task, split } = run;
  if (outcome === null || task === null) return null;
  return (
    <table className="w-full border-separate border-spacing-0" data-testid="run-metrics">
      <caption className="sr-only">Metrics of {run.name}</caption>
      <thead>
        <tr className="text-sm text-soft">
          <th scope="col" className="h-7 border-b border-line-strong text-left font-medium">
            Metric
          </th>
          {PARTS.map((part) => (
            <th key={part} scope="col" className="h-7 border-b border-line-strong text-right font-medium">
              {PART_NAMES[part]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {METRICS_OF_TASK[task].map((metric) => (
          <tr key={metric}>
            <th scope="row" className="h-7 border-b border-line text-left font-normal">
              {METRIC_NAMES[metric]}
            </th>
            {PARTS.map((part) => (
              <td
                key={part}
                data-testid={`metric-${part}-${metric}`}
                className={`figures h-7 border-b border-line text-right ${part === "test" ? "font-semibold" : "text-soft"}`}
              >
                {formatMetric(metric, outcome.metrics[part][metric], split?.test)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
