import { useRef } from "react";

interface HeightHandleProps {
  label: string;
  /** Pixels, all of them. */
  height: number;
  min: number;
  max: number;
  onChange: (height: number) => void;
}

const STEP = 28;

/** The lower edge of something whose height can be dragged, or changed by the arrow keys. */
export function HeightHandle({ label, height, min, max, onChange }: HeightHandleProps) {
  const drag = useRef<{ y: number; height: number } | null>(null);
  const change = (wanted: number) => {
    onChange(Math.round(Math.min(max, Math.max(min, wanted))));
  };
  return (
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label={label}
      aria-valuenow={height}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className="group flex h-2 cursor-row-resize touch-none items-center justify-center rounded-b-lg border-t border-line"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { y: event.clientY, height };
      }}
      onPointerMove={(event) => {
        if (drag.current !== null) change(drag.current.height + event.clientY - drag.current.y);
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
      onKeyDown={(event) => {
        const by = event.key === "ArrowDown" ? STEP : event.key === "ArrowUp" ? -STEP : 0;
        if (by === 0) return;
        event.preventDefault();
        change(height + by);
      }}
    >
      <span aria-hidden className="h-0.5 w-8 rounded-full bg-line-strong group-hover:bg-accent" />
    </div>
  );
}
