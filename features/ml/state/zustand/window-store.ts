/** The question before the window closes while jobs are under way. */
import { create } from "zustand";

interface WindowState {
  /** Jobs under way when closing was asked for; null while nobody asks. */
  closingWith: number | null;
}

export const useWindowStore = create<WindowState>()(() => ({ closingWith: null }));
