/** The distillation page: its dataset part, and an honest word about the rest. */
import type { ReactNode } from "react";
import { Empty } from "@ui/components/primitives/empty";
import { Panel } from "@ui/components/primitives/panel";
import { DatasetTableAccordion } from "./components/dataset-table-accordion";
import { DatasetTableCombobox } from "./components/dataset-table-combobox";

/** `links`: ways to the pages on which a teacher can be trained. */
export function DistillationView({ links }: { links: ReactNode }) {
  return (
    <div className="flex flex-col gap-3">
      <DatasetTableCombobox />
      <DatasetTableAccordion />
      <Panel title="Distillation">
        <Empty title="Distillation arrives in a later version" action={<div className="flex gap-3">{links}</div>}>
          It will train a small student network on the predictions of a large teacher and compare their size and
          performance. Until then, a teacher can be trained already; its run is kept.
        </Empty>
      </Panel>
    </div>
  );
}
