import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import { POPUP } from "./popup";

interface PopoverProps {
  /** A button; pressed, it opens what is inside. */
  trigger: ReactElement;
  title: string;
  children: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/** A few controls below a button; Escape and a press elsewhere close it. */
export function Popover({ trigger, title, children, open, onOpenChange }: PopoverProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-30 outline-none">
          <Base.Popup className={`${POPUP} w-72 px-3 py-2`}>
            <Base.Title className="mb-1 text-sm font-semibold text-soft">{title}</Base.Title>
            <div className="max-h-[min(24rem,calc(var(--available-height)-4rem))] overflow-y-auto">{children}</div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
