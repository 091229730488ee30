import { useWindowStore } from "../state/zustand/window-store";

/** Jobs under way when closing was asked for; null while nobody asks. */
export function useClosingWith(): number | null {
  return useWindowStore((state) => state.closingWith);
}
