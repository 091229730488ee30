/** Whether each framework can be used here, and the command that mends what is missing. */
import { Button } from "@ui/components/primitives/button";
import { CopyButton } from "@ui/components/primitives/copy-button";
import { Panel } from "@ui/components/primitives/panel";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { formatSeconds } from "@ui/lib/format";
import { useRuntimes } from "../hooks/use-runtimes";
import { checkRuntimes } from "../orchestrators/window";
import type { RuntimeReport } from "../types";
import { ErrorNote } from "./components/error-note";
import { PlatformName } from "./components/platform-mark";

function Report({ report }: { report: RuntimeReport }) {
  return (
    <li
      data-testid={`runtime-${report.platform}`}
      className="flex flex-col gap-1 border-b border-line px-3 py-2 last:border-0"
    >
      <div className="flex flex-wrap items-center gap-3">
        <span className="font-medium">
          <PlatformName platform={report.platform} />
        </span>
        <span className={report.works ? "text-success" : "text-danger"}>{report.works ? "Works" : "Does not work"}</span>
        <span className="figures text-soft">
          {[
            report.version === null ? null : `version ${report.version}`,
            report.self_test_secs === null ? null : `self-test ${formatSeconds(report.self_test_secs)}`,
          ]
            .filter((part) => part !== null)
            .join(", ")}
        </span>
      </div>
      {report.location === null ? null : (
        <code className="font-mono text-sm break-all text-soft select-all">{report.location}</code>
      )}
      {report.problem === null ? null : <p className="break-words text-danger">{report.problem}</p>}
      {report.remedy === null ? null : (
        <div className="flex flex-wrap items-center gap-2">
          <code className="rounded-sm bg-sunken px-1.5 py-0.5 font-mono text-sm break-all select-all">{report.remedy}</code>
          <CopyButton text={report.remedy} label="Copy the command" />
        </div>
      )}
    </li>
  );
}

function Content() {
  const runtimes = useRuntimes();
  switch (runtimes.state) {
    case "loading":
      return <Skeleton label="Checking the runtimes" rows={4} className="px-3 py-1" />;
    case "failed":
      return (
        <div className="p-3">
          <ErrorNote what="The runtimes could not be checked" error={runtimes.error} />
        </div>
      );
    case "ready":
      return (
        <ul>
          {runtimes.value.map((report) => (
            <Report key={report.platform} report={report} />
          ))}
        </ul>
      );
  }
}

export function RuntimesView() {
  const { state } = useRuntimes();
  return (
    <Panel
      title="Runtimes"
      testId="RuntimesView"
      aside={
        <Button disabled={state === "loading"} onClick={() => void checkRuntimes()}>
          {state === "loading" ? "Checking…" : "Check again"}
        </Button>
      }
    >
      <Content />
    </Panel>
  );
}
