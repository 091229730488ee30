/** The parts of ECharts that are used; loaded when the first chart is shown. */
import { BarChart, CustomChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  MarkLineComponent,
  ParallelComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use as register, type ECharts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

const PARTS = [
  BarChart,
  CustomChart,
  LineChart,
  ParallelChart,
  ScatterChart,
  GridComponent,
  ParallelComponent,
  TooltipComponent,
  MarkLineComponent,
  AriaComponent,
  CanvasRenderer,
];

/** An empty chart that fills `element`. */
export function createChart(element: HTMLElement): ECharts {
  // Here and not when the module loads, since our modules are declared free of
  // side effects; registering again changes nothing.
  register(PARTS);
  return init(element);
}
