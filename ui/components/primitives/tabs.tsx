import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export interface Tab {
  key: string;
  title: ReactNode;
  content: ReactNode;
  testId?: string;
}

/** Panels of which one shows; the others are not mounted. */
export function Tabs({ label, tabs, aside }: { label: string; tabs: readonly Tab[]; aside?: ReactNode }) {
  return (
    <Base.Root defaultValue={tabs[0]?.key}>
      <div className="flex flex-wrap items-center gap-3 border-b border-line px-3">
        <Base.List aria-label={label} className="flex gap-1">
          {tabs.map((tab) => (
            <Base.Tab
              key={tab.key}
              value={tab.key}
              data-testid={tab.testId}
              className="-mb-px h-8 border-b-2 border-transparent px-2 font-medium text-soft hover:text-ink data-active:border-accent data-active:text-ink"
            >
              {tab.title}
            </Base.Tab>
          ))}
        </Base.List>
        {aside ? <div className="ml-auto">{aside}</div> : null}
      </div>
      {tabs.map((tab) => (
        <Base.Panel key={tab.key} value={tab.key} className="outline-offset-[-2px]">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
