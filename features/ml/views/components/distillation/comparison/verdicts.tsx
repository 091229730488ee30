import { Note } from "@ui/components/primitives/note";
import { classNames } from "@ui/lib/class-names";
import { formatCounted } from "@ui/lib/format";
import { VERDICTS, warningText, type Tone } from "../../../../state/distillation-words";
import type { DistillationResult, StudentComparison } from "../../../../types";
import { PlatformName } from "../../platform-mark";

const MARK_CLASSES: Record<Tone, string> = {
  better: "border-success text-success",
  worse: "border-danger text-danger",
  neutral: "border-line-strong text-soft",
};

function leftOutText(seeds: readonly number[]): string {
  const which = seeds.length === 1 ? `Seed ${String(seeds[0])} is` : `Seeds ${seeds.join(", ")} are`;
  return `${which} left out, since a student or its control has no figures.`;
}

/** Whether the teacher did anything, by mark, word and sentence. */
function Verdict({ comparison: { verdict, platform, sentence, seeds_left_out: leftOut } }: { comparison: StudentComparison }) {
  const { mark, name, tone } = VERDICTS[verdict];
  return (
    <li className="flex gap-2.5 px-3 py-2" data-testid="distillation-verdict" data-verdict={verdict}>
      <span
        aria-hidden
        className={classNames(
          "mt-px inline-flex size-5 shrink-0 items-center justify-center rounded-sm border font-bold",
          MARK_CLASSES[tone],
        )}
      >
        {mark}
      </span>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3">
          <span className="text-lg font-semibold">{name}</span>
          <span className="text-soft">
            <PlatformName platform={platform} />
          </span>
        </p>
        <p className="figures break-words">{sentence}</p>
        {leftOut.length === 0 ? null : <p className="text-soft">{leftOutText(leftOut)}</p>}
      </div>
    </li>
  );
}

function rowsText({ n_train_rows: train, n_transfer_rows: transfer }: DistillationResult): string {
  const learned = `Trained on ${formatCounted(train, "row")} with a target`;
  return transfer === 0 ? `${learned}.` : `${learned} and ${formatCounted(transfer, "row")} with the teacher’s outputs alone.`;
}

/** The answer first, a student platform at a time, then what a person should know. */
export function Verdicts({ result }: { result: DistillationResult }) {
  return (
    <>
      <ul className="divide-y divide-line">
        {result.students.map((comparison) => (
          <Verdict key={comparison.platform} comparison={comparison} />
        ))}
      </ul>
      <p className="px-3 pb-2 text-sm text-soft">{rowsText(result)}</p>
      {result.warnings.length === 0 ? null : (
        <div className="flex flex-col gap-2 px-3 pb-3">
          {result.warnings.map((warning) => {
            const text = warningText(warning);
            return <Note key={text} tone="caution" title={text} testId="distillation-warning" />;
          })}
        </div>
      )}
    </>
  );
}
