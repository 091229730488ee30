import { changeText, metricText, toneOf, VERDICTS } from "../../../../state/distillation-words";
import type { MatrixCell } from "../../../../state/distillation-matrix";
import { METRIC_NAMES, PLATFORMS } from "../../../../types";
import { PlatformName } from "../../platform-mark";
import { ToneText } from "./tone-text";

function Cell({ cell }: { cell: MatrixCell | undefined }) {
  if (cell === undefined) return <span className="text-faint">not run</span>;
  const { metric, comparison } = cell;
  const { mark, name } = VERDICTS[comparison.verdict];
  const change = comparison.delta.metric_change;
  const tone = toneOf(metric, change.mean);
  const text = changeText(metric, change);
  return (
    <>
      <span className="figures block">
        {METRIC_NAMES[metric]} {metricText(metric, comparison.student.test[metric])}
      </span>
      <ToneText tone={tone} text={tone === "neutral" ? text : `${text} than the teacher`} className="figures block" />
      <span className="block text-soft">
        <span aria-hidden>{mark} </span>
        {name}
      </span>
    </>
  );
}

/** Students of each platform under teachers of each; there once teachers of both are known. */
export function PlatformMatrix({ cells }: { cells: readonly MatrixCell[] }) {
  if (cells.length === 0) return null;
  const at = (teacher: string, student: string) => cells.find((cell) => cell.teacher === teacher && cell.student === student);
  return (
    <section className="border-t border-line px-3 py-2">
      <h3 className="font-semibold">Teacher’s platform against student’s</h3>
      <div className="overflow-x-auto outline-offset-[-2px]" tabIndex={0} role="region" aria-label="Teacher’s platform against student’s">
        <table className="w-full border-separate border-spacing-0" data-testid="distillation-matrix">
          <thead>
            <tr>
              <td className="border-b border-line-strong" />
              {PLATFORMS.map((student) => (
                <th key={student} scope="col" className="h-7 border-b border-line-strong pl-4 text-left font-medium">
                  <span className="inline-flex items-center gap-1.5">
                    Student on <PlatformName platform={student} />
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {PLATFORMS.map((teacher) => (
              <tr key={teacher}>
                <th scope="row" className="border-b border-line py-1 text-left align-top font-medium">
                  <span className="inline-flex items-center gap-1.5">
                    Teacher on <PlatformName platform={teacher} />
                  </span>
                </th>
                {PLATFORMS.map((student) => (
                  <td key={student} className="border-b border-line py-1 pl-4 align-top" data-testid={`matrix-${teacher}-${student}`}>
                    <Cell cell={at(teacher, student)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="pt-1.5 text-sm text-soft">This answer and the newest of the other pairs, on test rows, each against its own teacher.</p>
    </section>
  );
}
