import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { classNames } from "@ui/lib/class-names";
import { Button } from "./button";

const BACKDROP = "fixed inset-0 z-40 bg-black/40";
const BOX =
  "fixed top-1/2 left-1/2 z-50 flex max-w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col gap-3 rounded-lg border border-line-strong bg-surface p-4 text-ink shadow-popup";

const SIZES = {
  usual: "max-h-[80vh] w-[28rem]",
  medium: "max-h-[80vh] w-[38rem]",
  wide: "max-h-[80vh] w-[56rem]",
  /** As high as the window allows, whatever is inside. */
  full: "h-[calc(100vh-3rem)] max-h-[52rem] w-[76rem]",
} as const;

interface DialogProps {
  open: boolean;
  width?: keyof typeof SIZES;
  testId?: string;
  /** A press beside it does not close it: there is work inside that would be lost. */
  isKept?: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
}

/** A question with an answer of its own kind. */
export function Dialog({ open, onClose, title, children, width = "usual", isKept = false, testId }: DialogProps) {
  return (
    <Base.Root
      open={open}
      disablePointerDismissal={isKept}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup className={classNames(BOX, SIZES[width])} data-testid={testId}>
          <Base.Title className="text-lg font-semibold">{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  title: string;
  children: ReactNode;
  /** What the button that goes on says. */
  action: string;
  cancel?: string;
  danger?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. Focus starts on the way back. */
export function Confirm({ open, title, children, action, cancel = "Cancel", danger, onConfirm, onClose }: ConfirmProps) {
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={BACKDROP} />
        <AlertDialog.Popup className={classNames(BOX, SIZES.usual)}>
          <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div className="text-soft" />}>{children}</AlertDialog.Description>
          <div className="flex justify-end gap-2">
            <AlertDialog.Close render={<Button>{cancel}</Button>} />
            <Button look={danger === true ? "danger" : "primary"} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
