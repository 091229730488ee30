import { classNames } from "@ui/lib/class-names";

/** Grey bars where something will stand; invisible for the first 200 ms. */
export function Skeleton({ label, rows = 3, className }: { label: string; rows?: number; className?: string }) {
  return (
    <div role="status" aria-label={label} className={classNames("animate-appear", className)}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} aria-hidden className="flex h-7 items-center">
          <div className="h-2.5 rounded-sm bg-sunken" style={{ width: `${85 - ((index * 23) % 45)}%` }} />
        </div>
      ))}
    </div>
  );
}
