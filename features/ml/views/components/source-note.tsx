import { RefreshCw } from "lucide-react";
import { Button } from "@ui/components/primitives/button";
import { Note } from "@ui/components/primitives/note";
import { formatCount, formatCounted } from "@ui/lib/format";
import {
  useIsPutOff,
  useIsRefreshing,
  useRefreshNews,
  useRefreshWork,
  useSourceChecks,
  useSourceState,
} from "../../hooks/use-sources";
import { useWorkShare } from "../../hooks/use-work";
import { selectDataset } from "../../orchestrators/datasets";
import { dismissNews, putOffRefresh, refreshDataset, stopRefresh } from "../../orchestrators/sources";
import type { RefreshNews } from "../../state/zustand/sources-store";
import type { Dataset, WorkId } from "../../types";
import { WorkBar } from "./work-bar";

/** Reads the file again, one file at a time. */
export function RefreshButton({ dataset }: { dataset: Dataset }) {
  const isRefreshing = useIsRefreshing();
  return (
    <Button disabled={isRefreshing} onClick={() => void refreshDataset(dataset)} data-testid="refresh-from-file">
      <RefreshCw size={12} aria-hidden />
      Refresh from file
    </Button>
  );
}

function Refreshing({ dataset, work }: { dataset: Dataset; work: WorkId }) {
  const share = useWorkShare(work);
  return <WorkBar what={`Reading ${dataset.source_file} again`} share={share} onStop={() => void stopRefresh()} testId="refresh-progress" />;
}

/** The file has changed: read it again, or leave it for now. */
function ChangedNote({ dataset }: { dataset: Dataset }) {
  return (
    <Note
      tone="plain"
      testId="source-changed"
      title={`${dataset.source_file} has changed since it was read`}
      actions={
        <>
          <RefreshButton dataset={dataset} />
          <Button
            onClick={() => {
              putOffRefresh(dataset);
            }}
          >
            Not now
          </Button>
        </>
      }
    >
      Read again, it becomes version {formatCount(dataset.version + 1)}. This one stays, and runs on it keep their figures.
    </Note>
  );
}

function sizeOf({ n_rows, columns }: Dataset): string {
  return `${formatCounted(n_rows, "row")} × ${formatCounted(columns.length, "column")}`;
}

function titleOf({ before, refreshed: { outcome, dataset } }: RefreshNews): string {
  const file = before.source_file;
  switch (outcome) {
    case "unchanged":
      return `${file} holds what it held`;
    case "here_already":
      return `${file} holds what ${dataset.name} was read from`;
    case "new_version":
      return `${file} was read again: version ${formatCount(dataset.version)} has ${sizeOf(dataset)}, version ${formatCount(before.version)} had ${sizeOf(before)}`;
  }
}

function NewsNote({ news }: { news: RefreshNews }) {
  const { before, refreshed } = news;
  const other = refreshed.outcome === "new_version" ? before : refreshed.dataset;
  const action = refreshed.outcome === "new_version" ? `Show version ${formatCount(before.version)}` : `Show ${other.name}`;
  return (
    <Note
      tone="plain"
      testId="refresh-news"
      title={titleOf(news)}
      actions={
        <>
          {refreshed.outcome === "unchanged" ? null : (
            <Button
              onClick={() => {
                selectDataset(other.id);
              }}
            >
              {action}
            </Button>
          )}
          <Button onClick={dismissNews}>Dismiss</Button>
        </>
      }
    />
  );
}

/** What is to be known of the dataset's file: that it has changed, and what came of reading it again. */
export function SourceNote({ dataset }: { dataset: Dataset }) {
  useSourceChecks(dataset);
  const state = useSourceState(dataset);
  const isPutOff = useIsPutOff(dataset);
  const news = useRefreshNews();
  const work = useRefreshWork(dataset);
  const isAbout = news !== null && (news.before.id === dataset.id || news.refreshed.dataset.id === dataset.id);
  return (
    // Always there, so that what comes into it is announced.
    <div role="status" className="flex flex-col gap-2 empty:hidden">
      {state === "changed" && !isPutOff ? <ChangedNote dataset={dataset} /> : null}
      {work === null ? null : <Refreshing dataset={dataset} work={work} />}
      {isAbout ? <NewsNote news={news} /> : null}
    </div>
  );
}
