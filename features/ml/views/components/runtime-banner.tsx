import { Button } from "@ui/components/primitives/button";
import { CopyButton } from "@ui/components/primitives/copy-button";
import { Note } from "@ui/components/primitives/note";
import { useBrokenRuntime } from "../../hooks/use-runtimes";
import { checkRuntimes } from "../../orchestrators/window";
import { PLATFORM_LOOKS, type Platform } from "../../types";

/** Says that a platform cannot train here, and the command that mends it. */
export function RuntimeBanner({ platform }: { platform: Platform }) {
  const broken = useBrokenRuntime(platform);
  if (broken === null) return null;
  const { name } = PLATFORM_LOOKS[platform];
  return (
    <Note
      tone="caution"
      testId="runtime-banner"
      title={`${name} cannot train here: ${broken.problem ?? "its runtime is missing"}`}
      actions={
        <>
          {broken.remedy === null ? null : <CopyButton text={broken.remedy} label="Copy the command" />}
          <Button onClick={() => void checkRuntimes()}>Check again</Button>
        </>
      }
    >
      Datasets can be opened and looked at all the same.
      {broken.remedy === null ? null : (
        <>
          {" "}
          To mend it, run <code className="rounded-sm bg-surface px-1 font-mono text-sm select-all">{broken.remedy}</code>
        </>
      )}
    </Note>
  );
}
