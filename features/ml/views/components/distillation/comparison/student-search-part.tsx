import { useMemo } from "react";
import { ChartFrame } from "@ui/components/charts/chart-frame";
import { ScatterChart } from "@ui/components/charts/scatter-chart";
import { DataTable, type DataColumn } from "@ui/components/table/data-table";
import { classNames } from "@ui/lib/class-names";
import { formatBytes, formatCount, formatCounted, formatMicros, formatPlain, formatSeconds, formatSignificant, MISSING } from "@ui/lib/format";
import { layoutText } from "../../../../state/sweep-space";
import {
  METRIC_NAMES,
  PLATFORM_LOOKS,
  PLATFORMS,
  type Budget,
  type NetworkFigures,
  type StudentCandidate,
  type StudentSearch,
} from "../../../../types";
import { formatMetric } from "../../metric-format";
import { PlatformName } from "../../platform-mark";
import { PLATFORM_DRAWN } from "../../sweep/chart-parts";
import {
  COST_FORMATS,
  budgetInWords,
  costOf,
  describer,
  frontOf,
  idOf,
  marksOf,
  pickedText,
  qualityOf,
  searchGroups,
  type StudentCost,
} from "./search-points";

const HEIGHT = 280;
const TABLE_HEIGHT = 320;

const COST_LOOKS: Record<StudentCost, { title: string; axis: string; remark: string }> = {
  size: { title: "size", axis: "Weights, bytes", remark: "the line joins students that nothing smaller beats" },
  latency: { title: "latency", axis: "1 row, µs", remark: "the line joins students that nothing faster beats" },
};

interface CostProps {
  search: StudentSearch;
  teacher: NetworkFigures | null;
  cost: StudentCost;
}

/** Validation quality over what a student costs, its teacher and the controls beside it. */
function SearchChart({ search, teacher, cost }: CostProps) {
  const groups = useMemo(() => searchGroups(search, teacher, cost), [search, teacher, cost]);
  const fronts = useMemo(
    () =>
      PLATFORMS.map((platform) => {
        const { colour, dashed } = PLATFORM_DRAWN[platform];
        return { colour, dashed, points: frontOf(search, platform, cost) };
      }),
    [search, cost],
  );
  const describe = useMemo(() => describer(search, teacher, cost), [search, teacher, cost]);
  const { title, axis, remark } = COST_LOOKS[cost];
  const label = `${METRIC_NAMES[search.metric]} on validation rows against ${title}`;
  const known = search.candidates.filter((one) => costOf(one, cost) !== null && qualityOf(one, search) !== null);
  return (
    <ChartFrame
      testId={`search-chart-${cost}`}
      title={label}
      remark={remark}
      height={HEIGHT}
      empty={known.length === 0 ? "No student has its figures yet" : null}
      chart={
        <ScatterChart
          label={label}
          groups={groups}
          fronts={fronts}
          // Students are small and their teacher is large: by orders of magnitude both are seen.
          x={{ name: axis, log: true, format: COST_FORMATS[cost] }}
          y={{ name: METRIC_NAMES[search.metric], format: (value) => formatSignificant(value, 4) }}
          describe={describe}
          height={HEIGHT}
        />
      }
      numbers={<CostNumbers label={label} candidates={known} search={search} cost={cost} />}
    />
  );
}

interface CostNumbersProps {
  label: string;
  candidates: readonly StudentCandidate[];
  search: StudentSearch;
  cost: StudentCost;
}

function CostNumbers({ label, candidates, search, cost }: CostNumbersProps) {
  const columns = useMemo<DataColumn<StudentCandidate>[]>(
    () => [
      { id: "number", header: "Number", value: (one) => one.number, cell: (one) => formatCount(one.number), align: "right" },
      { id: "role", header: "Role", value: (one) => (one.is_control ? 1 : 0), cell: (one) => (one.is_control ? "control" : "student") },
      { id: "platform", header: "Platform", value: (one) => one.platform, cell: (one) => PLATFORM_LOOKS[one.platform].name },
      {
        id: "cost",
        header: COST_LOOKS[cost].axis,
        value: (one) => costOf(one, cost) ?? undefined,
        cell: (one) => COST_FORMATS[cost](costOf(one, cost)),
        align: "right",
      },
      {
        id: "quality",
        header: METRIC_NAMES[search.metric],
        value: (one) => qualityOf(one, search) ?? undefined,
        cell: (one) => formatMetric(search.metric, qualityOf(one, search), null),
        align: "right",
      },
    ],
    [search, cost],
  );
  return <DataTable label={`${label}, numbers`} columns={columns} rows={candidates} rowKey={idOf} maxHeight={HEIGHT} />;
}

function studentColumns(search: StudentSearch, hasBudget: boolean): DataColumn<StudentCandidate>[] {
  const { metric, candidates } = search;
  const controls = new Map(candidates.filter((one) => one.is_control).map((one) => [`${String(one.number)} ${one.platform}`, one]));
  const controlOf = (one: StudentCandidate) => {
    const control = controls.get(`${String(one.number)} ${one.platform}`);
    return control === undefined ? null : qualityOf(control, search);
  };
  const number = (
    id: string,
    header: string,
    value: (one: StudentCandidate) => number | null,
    text: (value: number | null) => string,
  ): DataColumn<StudentCandidate> => ({
    id,
    header,
    value: (one) => value(one) ?? undefined,
    cell: (one) => text(value(one)),
    align: "right",
  });
  const plain = (value: number | null) => (value === null ? MISSING : formatPlain(value));
  const quality = (value: number | null) => formatMetric(metric, value, null);
  return [
    number("number", "Student", (one) => one.number, formatCount),
    { id: "platform", header: "Platform", value: (one) => one.platform, cell: (one) => <PlatformName platform={one.platform} /> },
    { id: "layers", header: "Layers", value: (one) => layoutText(one.hidden_layers), cell: (one) => layoutText(one.hidden_layers) },
    number("temperature", "T", (one) => one.distillation.temperature, plain),
    number("alpha", "α", (one) => one.distillation.alpha, plain),
    number("parameters", "Parameters", (one) => one.parameter_count, formatCount),
    number("bytes", "Weights", (one) => one.weights_bytes, formatBytes),
    number("latency", "1 row, median", (one) => one.latency_us, formatMicros),
    number("quality", METRIC_NAMES[metric], (one) => qualityOf(one, search), quality),
    number("control", "Its control", controlOf, quality),
    number("seconds", "Training time", (one) => one.train_seconds, formatSeconds),
    {
      id: "marks",
      header: "Marks",
      value: (one) => marksOf(one, { hasBudget }) || undefined,
      cell: (one) => <span className={one.is_chosen ? "font-semibold" : undefined}>{marksOf(one, { hasBudget })}</span>,
    },
  ];
}

interface StudentSearchPartProps {
  search: StudentSearch;
  teacher: NetworkFigures | null;
  budget: Budget;
}

/** Size against performance of the students that were tried, and which was picked. */
export function StudentSearchPart({ search, teacher, budget }: StudentSearchPartProps) {
  const isRegression = search.metric === "rmse" || search.metric === "mae" || search.metric === "r2";
  const hasBudget = budgetInWords(budget, isRegression) !== null;
  const students = useMemo(() => search.candidates.filter((one) => !one.is_control), [search]);
  const isSettled = students.some((one) => one.is_chosen);
  // Until one is picked, nothing was held against the budget yet.
  const columns = useMemo(() => studentColumns(search, hasBudget && isSettled), [search, hasBudget, isSettled]);
  const isTimed = students.some((one) => one.latency_us !== null);
  if (students.length === 0) return null;
  const label = "Students that were tried";
  return (
    <section className="border-t border-line px-3 py-2" data-testid="student-search">
      <h3 className="font-semibold">Size against performance</h3>
      {isSettled ? (
        students
          .filter((one) => one.is_chosen)
          .map((one) => (
            <p key={idOf(one)} data-testid="student-picked">
              {pickedText(one, budget, isRegression)}
            </p>
          ))
      ) : (
        <p className="text-soft">So far; a student is picked once all were tried.</p>
      )}
      <p className="figures pb-2 text-sm text-soft">
        {formatCounted(students.length, "student")} tried
        {search.elapsed_secs === null ? "" : ` in ${formatSeconds(search.elapsed_secs)}`}, judged on validation rows; test rows
        take no part.
        {isTimed ? null : " Their latency was not measured."}
      </p>
      <div className={classNames("grid grid-cols-1 gap-4", isTimed && "min-[1240px]:grid-cols-2")}>
        <SearchChart search={search} teacher={teacher} cost="size" />
        {isTimed ? <SearchChart search={search} teacher={teacher} cost="latency" /> : null}
      </div>
      <div className="pt-2">
        <DataTable
          label={label}
          testId="student-candidates"
          columns={columns}
          rows={students}
          rowKey={idOf}
          isCurrent={(one) => one.is_chosen}
          maxHeight={TABLE_HEIGHT}
        />
      </div>
    </section>
  );
}
