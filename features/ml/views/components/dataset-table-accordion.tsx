import { Accordion } from "@base-ui/react/accordion";
import { ChevronRight } from "lucide-react";
import { lazy, Suspense } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { HeightHandle } from "@ui/components/primitives/height-handle";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { Tabs } from "@ui/components/primitives/tabs";
import { formatCount } from "@ui/lib/format";
import { useCurrentDataset, useDatasets } from "../../hooks/use-datasets";
import { useTableLayout } from "../../hooks/use-table-layout";
import type { Dataset } from "../../types";
import { DatasetStats } from "./dataset-stats";
import { DatasetWarnings } from "./dataset-warnings";

// The grid and its heads; the frame around them paints first.
const DatasetRows = lazy(() => import("./table/dataset-rows").then((module) => ({ default: module.DatasetRows })));

function Rows({ dataset, height }: { dataset: Dataset; height: number }) {
  return (
    <Suspense fallback={<Skeleton label="Loading the table" rows={8} className="px-3 py-1" />}>
      <DatasetRows dataset={dataset} height={height} />
    </Suspense>
  );
}

function Content({ dataset, height }: { dataset: Dataset; height: number }) {
  const warnings = dataset.warnings.length;
  const tabs = [
    { key: "rows", title: "Rows", content: <Rows dataset={dataset} height={height} /> },
    { key: "columns", title: "Columns", content: <DatasetStats dataset={dataset} height={height} /> },
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
