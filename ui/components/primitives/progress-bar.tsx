import { Progress } from "@base-ui/react/progress";

interface ProgressBarProps {
  label: string;
  /** 0 to 1; null where it cannot be known. */
  share: number | null;
  colour: string;
}

export function ProgressBar({ label, share, colour }: ProgressBarProps) {
  return (
    <Progress.Root aria-label={label} value={share === null ? null : Math.round(share * 100)}>
      <Progress.Track className="block h-1.5 overflow-hidden rounded-full bg-sunken">
        <Progress.Indicator className="block h-full rounded-full transition-[width]" style={{ background: colour }} />
      </Progress.Track>
    </Progress.Root>
  );
}
