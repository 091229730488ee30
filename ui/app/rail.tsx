import { PlatformMark } from "@ml";
import { Link } from "@tanstack/react-router";
import { FlaskConical, History, Settings } from "lucide-react";
import type { ReactNode } from "react";

function RailLink({ to, mark, children }: { to: string; mark: ReactNode; children: ReactNode }) {
  return (
    <Link
      to={to}
      className="flex h-12 flex-col items-center justify-center gap-0.5 rounded-md border border-transparent text-xs text-soft hover:bg-sunken hover:text-ink aria-[current=page]:border-line aria-[current=page]:bg-surface aria-[current=page]:font-semibold aria-[current=page]:text-ink"
    >
      <span className="flex h-5 items-center">{mark}</span>
      {children}
    </Link>
  );
}

/** The way between pages. */
export function Rail() {
  return (
    <nav aria-label="Pages" className="flex w-23 shrink-0 flex-col gap-1 border-r border-line p-1.5">
      <RailLink to="/ml/pytorch" mark={<PlatformMark platform="pytorch" />}>
        PyTorch
      </RailLink>
      <RailLink to="/ml/tensorflow" mark={<PlatformMark platform="tensorflow" />}>
        TensorFlow
      </RailLink>
      <RailLink to="/ml/knowledge-distillation" mark={<FlaskConical size={16} aria-hidden />}>
        Distillation
      </RailLink>
      <div className="flex-1" />
      <RailLink to="/runs" mark={<History size={16} aria-hidden />}>
        Runs
      </RailLink>
      <RailLink to="/settings" mark={<Settings size={16} aria-hidden />}>
        Settings
      </RailLink>
    </nav>
  );
}
