/** Looks shared by everything that opens below a control. */
export const POPUP =
  "min-w-[var(--anchor-width)] max-w-[var(--available-width)] rounded-md border border-line-strong bg-surface py-1 text-ink shadow-popup outline-none";

export const POPUP_ITEM =
  "grid min-h-7 cursor-default grid-cols-[16px_1fr] items-center gap-1 px-2 outline-none select-none data-highlighted:bg-accent-wash";
