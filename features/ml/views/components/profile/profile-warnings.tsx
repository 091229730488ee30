/** What would spoil a model: each with why, and one click to act. */
import { OctagonAlert, TriangleAlert, X } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { classNames } from "@ui/lib/class-names";
import { formatCount, formatCounted, formatSignificant } from "@ui/lib/format";
import { useHasAnswer, useWarnings } from "../../../hooks/use-profile";
import { answerWarning, dismissWarning, restoreWarnings, undoAnswer } from "../../../orchestrators/profiles";
import { actionOf, isGrave, warningKey } from "../../../state/profile-warnings";
import { actionInWords, answerInWords, asSentence } from "../../../state/warning-words";
import type { Dataset, DatasetProfile, ProfileWarning } from "../../../types";

interface WarningProps {
  dataset: Dataset;
  warning: ProfileWarning;
  target: string | null;
  /** Told once a button was pressed, which is gone then. */
  onDone: () => void;
}

function figuresInWords({ figures }: ProfileWarning): string {
  return figures
    .map(({ name, value }) => `${name} ${Number.isInteger(value) ? formatCount(value) : formatSignificant(value, 3)}`)
    .join(", ");
}

function OpenWarning({ dataset, warning, target, onDone }: WarningProps) {
  const grave = isGrave(warning);
  const Mark = grave ? OctagonAlert : TriangleAlert;
  const figures = figuresInWords(warning);
  const action = actionOf(warning, dataset);
  return (
    <li className="flex items-start gap-2 border-b border-line py-1.5 last:border-0" data-testid={`warning-${warning.kind}`}>
      <Mark size={14} aria-hidden className={classNames("mt-0.5 shrink-0", grave ? "text-danger" : "text-caution")} />
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">
          <span className="sr-only">{grave ? "Grave: " : "Warning: "}</span>
          {asSentence(warning.message, [...warning.columns, target])}
        </p>
        <p className="text-soft break-words">
          {warning.why}
          {figures === "" ? null : <span className="figures ml-2 text-sm text-faint">{figures}</span>}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-1">
        {action === null ? null : (
          <Button
            className="max-w-64"
            onClick={() => {
              answerWarning(dataset, warning, target);
              onDone();
            }}
            data-testid={`answer-${warning.kind}`}
          >
            <span className="truncate">{actionInWords(action)}</span>
          </Button>
        )}
        <Button
          look="quiet"
          square
          aria-label={`Dismiss: ${warning.message}`}
          onClick={() => {
            dismissWarning(dataset, warning, target);
            onDone();
          }}
          data-testid={`dismiss-${warning.kind}`}
        >
          <X size={14} aria-hidden />
        </Button>
      </div>
    </li>
  );
}

function AnsweredWarning({ dataset, warning, target, onDone }: WarningProps) {
  const canUndo = useHasAnswer(dataset, warningKey(warning, target));
  const action = actionOf(warning, dataset);
  if (action === null) return null;
  return (
    <li className="flex min-h-8 items-center gap-2 border-b border-line py-0.5 text-soft last:border-0" data-testid={`answered-${warning.kind}`}>
      <span className="min-w-0 flex-1 truncate" title={warning.message}>
        {answerInWords(action)}
        <span className="text-faint"> – {warning.message}</span>
      </span>
      {canUndo ? (
        <Button
          look="quiet"
          aria-label={`Undo: ${answerInWords(action)}`}
          onClick={() => {
            undoAnswer(dataset, warning, target);
            onDone();
          }}
          data-testid={`undo-${warning.kind}`}
        >
          Undo
        </Button>
      ) : null}
    </li>
  );
}

/** Warnings that nobody has answered or dismissed, then what has been done about others. */
export function ProfileWarnings({ dataset, profile }: { dataset: Dataset; profile: DatasetProfile }) {
  const warnings = useWarnings(dataset);
  const [showsDismissed, setShowsDismissed] = useState(false);
  const section = useRef<HTMLElement>(null);
  // The button pressed is gone, and keys go on from here instead of from the top of the page.
  const keepFocus = () => {
    section.current?.focus({ preventScroll: true });
  };
  if (warnings === null) return null;
  const { open, answered, dismissed } = warnings;
  const { target } = profile;
  const about = target === null ? "a model" : `a model of ${target}`;
  return (
    <section
      ref={section}
      tabIndex={-1}
      aria-label="What would spoil a model"
      className="border-b border-line px-3 py-1 outline-offset-[-2px]"
      data-testid="profile-warnings"
    >
      {open.length > 0 ? (
        <ul className="max-h-72 overflow-y-auto" tabIndex={0} aria-label="Warnings">
          {open.map((warning) => (
            <OpenWarning key={warningKey(warning, target)} dataset={dataset} warning={warning} target={target} onDone={keepFocus} />
          ))}
        </ul>
      ) : (
        <p className="py-1.5 text-soft" data-testid="no-warnings">
          {profile.warnings.length === 0
            ? `Nothing found that would spoil ${about}.`
            : `Nothing is left that would spoil ${about}.`}
        </p>
      )}
      {answered.length > 0 ? (
        <ul className="border-t border-line" aria-label="Done about warnings" aria-live="polite">
          {answered.map((warning) => (
            <AnsweredWarning key={warningKey(warning, target)} dataset={dataset} warning={warning} target={target} onDone={keepFocus} />
          ))}
        </ul>
      ) : null}
      {dismissed.length > 0 ? (
        <div className="flex flex-wrap items-center gap-2 border-t border-line text-sm text-faint">
          <Button
            look="quiet"
            className="-ml-3"
            aria-expanded={showsDismissed}
            onClick={() => {
              setShowsDismissed(!showsDismissed);
            }}
            data-testid="show-dismissed"
          >
            {formatCounted(dismissed.length, "warning")} dismissed
          </Button>
          {showsDismissed ? (
            <>
              <ul className="min-w-0 flex-1 list-disc pl-4">
                {dismissed.map((warning) => (
                  <li key={warningKey(warning, target)} className="break-words">
                    {warning.message}
                  </li>
                ))}
              </ul>
              <Button
                onClick={() => {
                  restoreWarnings(dataset);
                  keepFocus();
                }}
                data-testid="restore-warnings"
              >
                Show again
              </Button>
            </>
          ) : null}
        </div>
      ) : null}
    </section>
  );
}
