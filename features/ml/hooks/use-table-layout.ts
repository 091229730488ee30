import { TABLE_HEIGHT, usePreferencesStore } from "../state/zustand/preferences-store";

interface TableLayout {
  isOpen: boolean;
  setOpen: (open: boolean) => void;
  /** Pixels. */
  height: number;
  handle: { height: number; min: number; max: number; onChange: (height: number) => void };
}

/** Whether the table shows and how high; remembered. */
export function useTableLayout(): TableLayout {
  const isOpen = usePreferencesStore((state) => state.tableOpen);
  const height = usePreferencesStore((state) => state.tableHeight);
  return {
    isOpen,
    setOpen: (tableOpen) => {
      usePreferencesStore.setState({ tableOpen });
    },
    height,
    handle: {
      height,
      min: TABLE_HEIGHT.min,
      max: TABLE_HEIGHT.max,
      onChange: (tableHeight) => {
        usePreferencesStore.setState({ tableHeight });
      },
    },
  };
}
