/** The profile of a table: what would spoil a model, figures of every column, and how columns hang together. */
import { lazy, Suspense, useState } from "react";
import { Segmented } from "@ui/components/primitives/segmented";
import { Skeleton } from "@ui/components/primitives/skeleton";
import { useProfile, useProfileQuestions } from "../../hooks/use-profile";
import type { Dataset } from "../../types";
import { ColumnTable } from "./profile/column-table";
import { ProfileProgress } from "./profile/profile-progress";
import { ProfileWarnings } from "./profile/profile-warnings";

const CorrelationTable = lazy(() =>
  import("./profile/correlation-table").then((module) => ({ default: module.CorrelationTable })),
);

type Part = "columns" | "correlations";

const PARTS = [
  { value: "columns", label: "Figures", testId: "profile-part-columns" },
  { value: "correlations", label: "Correlations", testId: "profile-part-correlations" },
] as const;

/** Figures and warnings of a table, about the column that the form predicts. */
export function DatasetStats({ dataset, height }: { dataset: Dataset; height: number }) {
  useProfileQuestions(dataset, true);
  const shown = useProfile(dataset);
  const [part, setPart] = useState<Part>("columns");
  const value = shown?.value ?? null;
  return (
    <div data-testid="dataset-stats">
      {value === null ? null : <ProfileWarnings dataset={dataset} profile={value} />}
      <div className="flex min-h-9 flex-wrap items-center gap-x-3 px-3 py-1">
        {value === null ? null : <Segmented label="What to show" options={PARTS} value={part} onChange={setPart} />}
        {value === null || value.target === null ? null : (
          <span className="min-w-0 truncate text-sm text-faint" data-testid="profile-target">
            Warnings and associations are about <span className="text-soft">{value.target}</span>
          </span>
        )}
        {shown === null ? null : <ProfileProgress dataset={dataset} shown={shown} />}
      </div>
      <div style={{ height }}>
        {value === null ? (
          shown === null || shown.state === "computing" ? (
            <Skeleton label="Computing figures" rows={6} className="px-3" />
          ) : null
        ) : part === "columns" ? (
          <ColumnTable dataset={dataset} profile={value} height={height} />
        ) : (
          <Suspense fallback={<Skeleton label="Loading correlations" rows={6} className="px-3" />}>
            <CorrelationTable profile={value} height={height} />
          </Suspense>
        )}
      </div>
    </div>
  );
}
