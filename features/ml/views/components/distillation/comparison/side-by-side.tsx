import { formatMicrosPair, MISSING } from "@ui/lib/format";
import { figureGroups, type FigureGroup, type FigureLine } from "../../../../state/distillation-words";
import { PLATFORM_LOOKS, type DistillationResult, type NetworkFigures, type Platform } from "../../../../types";
import { PlatformMark } from "../../platform-mark";

interface Column {
  key: string;
  name: string;
  /** None for the teacher, whose platform says nothing of the students'. */
  platform: Platform | null;
  network: NetworkFigures;
}

function columnsOf({ teacher, students }: DistillationResult): Column[] {
  return [
    { key: "teacher", name: "Teacher", platform: null, network: teacher },
    ...students.flatMap(({ platform, student, control }): Column[] => [
      ...(control === null ? [] : [{ key: `control-${platform}`, name: "Control", platform, network: control }]),
      { key: `student-${platform}`, name: "Student", platform, network: student },
    ]),
  ];
}

/** Median and 95th percentile of a call with so many rows. */
function spanOf({ speed }: NetworkFigures, rows: number): string {
  const batch = speed?.batches.find((one) => one.rows === rows);
  if (batch === undefined) return MISSING;
  const pair = formatMicrosPair(batch.p50_micros, batch.p95_micros);
  return speed?.is_reliable === false && pair !== MISSING ? `${pair} *` : pair;
}

const SPEED_LINES: FigureLine[] = [
  { key: "latency", name: "1 row, p50 / p95", text: (network) => spanOf(network, 1) },
  { key: "latency-many", name: "1,024 rows, p50 / p95", text: (network) => spanOf(network, 1024) },
];

/** Here is room for the spread of the latency, and for many rows. */
function groupsOf(result: DistillationResult): FigureGroup[] {
  return figureGroups(result).map(({ title, lines }) => ({
    title,
    lines: lines.flatMap((line) => (line.key === "latency" ? SPEED_LINES : [line])),
  }));
}

function speedRemark(columns: readonly Column[]): string | null {
  const speeds = columns.map(({ network }) => network.speed);
  if (speeds.every((speed) => speed === null)) return "Inference speed was not measured.";
  return speeds.some((speed) => speed?.is_reliable === false)
    ? "* Measured while the machine was busy with other work; these times are not to be trusted."
    : null;
}

function Head({ columns }: { columns: readonly Column[] }) {
  return (
    <thead>
      <tr>
        <td className="border-b border-line-strong" />
        {columns.map(({ key, name, platform, network }) => (
          <th key={key} scope="col" className="h-7 border-b border-line-strong pl-4 text-right font-medium" title={network.name}>
            <span className="inline-flex items-center gap-1.5">
              {platform === null ? null : <PlatformMark platform={platform} />}
              {name}
              {platform === null ? null : <span className="sr-only">on {PLATFORM_LOOKS[platform].name}</span>}
            </span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function GroupRows({ group: { title, lines }, columns }: { group: FigureGroup; columns: readonly Column[] }) {
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={columns.length + 1} className="h-7 border-b border-line text-left align-bottom font-medium">
          {title}
        </th>
      </tr>
      {lines.map((line) => (
        <tr key={line.key} data-testid={`figures-${line.key}`}>
          <th scope="row" className="h-6 border-b border-line text-left font-normal whitespace-nowrap text-soft">
            {line.name}
          </th>
          {columns.map(({ key, network }) => (
            <td key={key} className="figures h-6 border-b border-line pl-4 text-right whitespace-nowrap">
              {line.text(network)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

/** Teacher, controls and students: what they achieve and what they take. */
export function SideBySide({ result }: { result: DistillationResult }) {
  const columns = columnsOf(result);
  const remark = speedRemark(columns);
  const alone = result.students.filter(({ control }) => control === null);
  return (
    <div className="px-3 pb-3">
      <div className="overflow-x-auto outline-offset-[-2px]" tabIndex={0} role="region" aria-label="Teacher, control and student">
        <table className="w-full border-separate border-spacing-0" data-testid="distillation-figures">
          <caption className="sr-only">Teacher, control and student side by side; mean ± standard deviation over the seeds</caption>
          <Head columns={columns} />
          {groupsOf(result).map((group) => (
            <GroupRows key={group.title} group={group} columns={columns} />
          ))}
        </table>
      </div>
      <p className="pt-1.5 text-sm text-soft">
        Mean ± standard deviation over the seeds.
        {alone.length === 0 ? null : " No control was trained, so there is no telling what the teacher was worth."}
      </p>
      {remark === null ? null : (
        <p className="text-sm text-soft" data-testid="speed-remark">
          {remark}
        </p>
      )}
    </div>
  );
}
