/**
 * Light, dark, or as the system says; remembered. The document's root carries
 * `data-theme`, which the style sheet and the charts follow.
 */
import { useEffect } from "react";
import { create } from "zustand";
import { persist } from "zustand/middleware";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

interface ThemeState {
  choice: ThemeChoice;
  system: Theme;
  choose: (choice: ThemeChoice) => void;
}

const darkSystem = (): MediaQueryList => window.matchMedia("(prefers-color-scheme: dark)");
const systemTheme = (): Theme => (darkSystem().matches ? "dark" : "light");

const useThemeStore = create<ThemeState>()(
  persist(
    (set) => ({
      choice: "system",
      system: systemTheme(),
      choose: (choice) => {
        set({ choice });
      },
    }),
    { name: "retort.theme", partialize: ({ choice }) => ({ choice }) },
  ),
);

const resolve = ({ choice, system }: ThemeState): Theme => (choice === "system" ? system : choice);

/** Call once before the first render, so that the first paint has the right colours. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = resolve(useThemeStore.getState());
  useThemeStore.subscribe((state) => {
    document.documentElement.dataset.theme = resolve(state);
  });
}

/** Keeps following the system while mounted. */
export function useSystemTheme(): void {
  useEffect(() => {
    const query = darkSystem();
    const follow = () => {
      useThemeStore.setState({ system: systemTheme() });
    };
    query.addEventListener("change", follow);
    return () => {
      query.removeEventListener("change", follow);
    };
  }, []);
}

/** The theme shown. */
export function useTheme(): Theme {
  return useThemeStore(resolve);
}

/** What was chosen, and how to choose. */
export function useThemeChoice(): [ThemeChoice, (choice: ThemeChoice) => void] {
  return [useThemeStore((state) => state.choice), useThemeStore((state) => state.choose)];
}
