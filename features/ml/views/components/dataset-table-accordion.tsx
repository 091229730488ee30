import { Accordion } from "@base-ui/react/accordion";
import { ChevronRight } from "lucide-react";
import { lazy, Suspense } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { HeightHandle } from "@ui/components/primitives/height-handle";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { Tabs, type Tab } from "@ui/components/primitives/tabs";
import { classNames } from "@ui/lib/class-names";
import { formatCount } from "@ui/lib/format";
import { useCurrentDataset, useDatasets } from "../../hooks/use-datasets";
import { useProfileQuestions, useWarnings } from "../../hooks/use-profile";
import { useTableLayout } from "../../hooks/use-table-layout";
import { isGrave } from "../../state/profile-warnings";
import type { Dataset } from "../../types";
import { DatasetWarnings } from "./dataset-warnings";

const DatasetStats = lazy(() => import("./dataset-stats").then((module) => ({ default: module.DatasetStats })));
// The grid and its heads; the frame around them paints first.
const DatasetRows = lazy(() => import("./table/dataset-rows").then((module) => ({ default: module.DatasetRows })));

function Rows({ dataset, height }: { dataset: Dataset; height: number }) {
  return (
    <Suspense fallback={<Skeleton label="Loading the table" rows={8} className="px-3 py-1" />}>
      <DatasetRows dataset={dataset} height={height} />
    </Suspense>
  );
}

/** The tab's name, with the number of warnings that wait for an answer. */
function ColumnsTitle({ dataset }: { dataset: Dataset }) {
  const open = useWarnings(dataset)?.open ?? [];
  if (open.length === 0) return "Columns";
  return (
    <span className="inline-flex items-center gap-1.5">
      Columns
      <span
        data-testid="warning-count"
        className={classNames(
          "figures rounded-full px-1.5 text-xs font-semibold",
          open.some(isGrave) ? "bg-danger-wash text-danger" : "bg-caution-wash text-caution",
        )}
      >
        {formatCount(open.length)}
        <span className="sr-only"> {open.length === 1 ? "warning" : "warnings"} about the data</span>
      </span>
    </span>
  );
}

function Content({ dataset, height }: { dataset: Dataset; height: number }) {
  useProfileQuestions(dataset, false);
  const warnings = dataset.warnings.length;
  const tabs: Tab[] = [
    { key: "rows", title: "Rows", content: <Rows dataset={dataset} height={height} /> },
    {
      key: "columns",
      title: <ColumnsTitle dataset={dataset} />,
      testId: "tab-columns",
      content: (
        <Suspense fallback={<Skeleton label="Loading figures" rows={6} className="px-3" />}>
          <DatasetStats dataset={dataset} height={height} />
        </Suspense>
      ),
    },
  ];
  if (warnings > 0) {
    tabs.push({
      key: "warnings",
      title: `Warnings (${formatCount(warnings)})`,
      content: <DatasetWarnings dataset={dataset} height={height} />,
    });
  }
  return <Tabs label={`Table ${dataset.name}`} tabs={tabs} />;
}

/** The chosen dataset's table; open at first, and as it was left after that. */
export function DatasetTableAccordion() {
  const datasets = useDatasets();
  const dataset = useCurrentDataset();
  const layout = useTableLayout();
  return (
    <Accordion.Root
      data-testid="DatasetTableAccordion"
      value={layout.isOpen ? ["table"] : []}
      onValueChange={(open) => {
        layout.setOpen(open.length > 0);
      }}
      className="min-w-0 rounded-lg border border-line bg-surface"
    >
      <Accordion.Item value="table">
        <Accordion.Header render={<h2 />} className="flex">
          <Accordion.Trigger className="group flex h-8 w-full items-center gap-1.5 rounded-lg px-3 font-semibold">
            <ChevronRight size={13} aria-hidden className="text-faint transition-transform group-data-panel-open:rotate-90" />
            Table
          </Accordion.Trigger>
        </Accordion.Header>
        <Accordion.Panel className="border-t border-line">
          {dataset !== null ? (
            <>
              <Content key={dataset.id} dataset={dataset} height={layout.height} />
              <HeightHandle label="Height of the table" {...layout.handle} />
            </>
          ) : datasets.state === "ready" ? (
            <Empty title="No table yet">Open a CSV or Excel file, or drop one on the window.</Empty>
          ) : datasets.state === "loading" ? (
            <Skeleton label="Loading the table" rows={8} className="px-3 py-1" />
          ) : null}
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion.Root>
  );
}
