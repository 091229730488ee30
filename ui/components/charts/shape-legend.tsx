/** The shape in which a group's points are drawn; tells groups apart where hues do not. */
export type Shape = "circle" | "square" | "diamond" | "ring";

/** Their names in ECharts. */
export const SYMBOLS: Record<Shape, string> = {
  circle: "circle",
  square: "rect",
  diamond: "diamond",
  ring: "circle",
};

interface LegendEntry {
  name: string;
  colour: string;
  shape: Shape;
  /** 0 to 1. */
  opacity?: number;
}

function Mark({ colour, shape }: { colour: string; shape: Shape }) {
  switch (shape) {
    case "circle":
      return <circle cx="5" cy="5" r="4" fill={colour} />;
    case "square":
      return <rect x="1" y="1" width="8" height="8" fill={colour} />;
    case "diamond":
      return <path d="M5 0 L10 5 L5 10 L0 5 Z" fill={colour} />;
    case "ring":
      return <circle cx="5" cy="5" r="3.75" fill="none" stroke={colour} strokeWidth="1.5" />;
  }
}

export function ShapeLegend({ entries }: { entries: readonly LegendEntry[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 text-sm text-soft">
      {entries.map((entry) => (
        <li key={entry.name} className="flex items-center gap-1.5">
          <svg aria-hidden width="10" height="10" opacity={entry.opacity}>
            <Mark colour={entry.colour} shape={entry.shape} />
          </svg>
          {entry.name}
        </li>
      ))}
    </ul>
  );
}
