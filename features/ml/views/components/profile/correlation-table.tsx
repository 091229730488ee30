import { Empty } from "@ui/components/primitives/empty";
import { SignedHeatTable } from "@ui/components/table/signed-heat-table";
import { formatCount } from "@ui/lib/format";
import type { DatasetProfile } from "../../../types";

const REMARK_HEIGHT = 24;

/** How columns of numbers go together, pair by pair. */
export function CorrelationTable({ profile, height }: { profile: DatasetProfile; height: number }) {
  const { columns, values } = profile.correlations;
  if (columns.length < 2) {
    return <Empty title="Nothing to correlate">It takes two columns of numbers.</Empty>;
  }
  const nNumbers = profile.columns.filter((column) => column.mean !== null).length;
  return (
    <div>
      <p className="truncate px-3 text-sm text-faint" style={{ lineHeight: `${REMARK_HEIGHT}px` }}>
        Pearson’s correlation, −1 to 1
        {nNumbers > columns.length
          ? `; ${formatCount(columns.length)} of ${formatCount(nNumbers)} columns of numbers${
              profile.target === null ? "" : `, those that say most about ${profile.target}`
            }`
          : ""}
      </p>
      <SignedHeatTable
        caption="Correlation between columns of numbers"
        labels={columns}
        values={values}
        maxHeight={height - REMARK_HEIGHT}
        testId="profile-correlations"
      />
    </div>
  );
}
