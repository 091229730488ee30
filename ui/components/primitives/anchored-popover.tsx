import { Popover as Base } from "@base-ui/react/popover";
import type { ReactNode } from "react";
import { POPUP } from "./popup";

interface AnchoredPopoverProps {
  /** Below what it opens. */
  anchor: Element | null;
  title: string;
  onClose: () => void;
  /** Takes the focus when it closes. */
  onReturn: () => void;
  children: ReactNode;
  testId?: string;
}

/**
 * A few controls below something that is no button of theirs, open as long as
 * it is mounted; Escape and a press elsewhere close it.
 */
export function AnchoredPopover({ anchor, title, onClose, onReturn, children, testId }: AnchoredPopoverProps) {
  return (
    <Base.Root
      open
      onOpenChange={(next, { reason }) => {
        if (next) return;
        onClose();
        // A press elsewhere says itself where the focus goes.
        if (reason !== "outside-press" && reason !== "focus-out") onReturn();
      }}
    >
      <Base.Portal>
        <Base.Positioner anchor={anchor} sideOffset={4} align="start" className="z-30 outline-none">
          <Base.Popup className={`${POPUP} w-76 px-3 py-2`} data-testid={testId} finalFocus={false}>
            <Base.Title className="mb-1 truncate text-sm font-semibold text-soft" title={title}>
              {title}
            </Base.Title>
            <div className="-mr-2 -ml-1 max-h-[min(32rem,calc(var(--available-height)-4rem))] overflow-y-auto py-0.5 pr-2 pl-1">{children}</div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
