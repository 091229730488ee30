/** What all charts have in common: colours of the page, type, tooltips, axes. */
import { formatSignificant } from "@ui/lib/format";

/** A canvas knows no custom properties: they are looked up where the chart stands. */
export function colourAt(element: HTMLElement, colour: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  return name === undefined ? colour : getComputedStyle(element).getPropertyValue(name).trim();
}

/** The page's look as options of ECharts. */
export interface ChartLook {
  colour: (css: string) => string;
  text: { color: string; fontSize: number; fontFamily: string };
  tooltip: Record<string, unknown>;
  /** Options of an axis in words, with its line. */
  axis: Record<string, unknown>;
  axisLine: Record<string, unknown>;
  /** Hairlines across the plot. */
  splitLine: Record<string, unknown>;
}

export function lookAt(element: HTMLElement): ChartLook {
  const colour = (css: string) => colourAt(element, css);
  const line = colour("var(--line)");
  const text = { color: colour("var(--ink-soft)"), fontSize: 11, fontFamily: getComputedStyle(element).fontFamily };
  return {
    colour,
    text,
    tooltip: {
      confine: true,
      transitionDuration: 0,
      backgroundColor: colour("var(--surface)"),
      borderColor: colour("var(--line-strong)"),
      textStyle: { ...text, color: colour("var(--ink)") },
    },
    axis: {
      nameLocation: "middle",
      nameTextStyle: text,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: line } },
      axisTick: { lineStyle: { color: line } },
      minorTick: { show: false },
    },
    axisLine: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: line } },
  };
}

/** Lines of text as a tooltip's content; an element, so that no name is ever read as markup. */
export function tooltipLines(lines: readonly string[]): HTMLElement {
  const box = document.createElement("div");
  lines.forEach((line, index) => {
    const row = box.appendChild(document.createElement("div"));
    row.textContent = line;
    if (index === 0) row.style.fontWeight = "600";
  });
  return box;
}

/** 0.003 rather than 0.0030000000000000001, 1e-5 rather than 0.00001. */
export function tickText(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential();
  return Math.abs(value) >= 1e4 ? formatSignificant(value) : String(Number(value.toPrecision(6)));
}
