import { classNames } from "@ui/lib/class-names";
import { TONE_MARKS, type Tone } from "../../../../state/distillation-words";

const TONE_CLASSES: Record<Tone, string> = { better: "text-success", worse: "text-danger", neutral: "text-ink" };

/** Words that say better or worse, with a mark and a hue that say it again. */
export function ToneText({ tone, text, className }: { tone: Tone; text: string; className?: string }) {
  return (
    <span className={classNames(TONE_CLASSES[tone], className)} data-tone={tone}>
      {tone === "neutral" ? null : <span aria-hidden>{TONE_MARKS[tone]} </span>}
      {text}
    </span>
  );
}
