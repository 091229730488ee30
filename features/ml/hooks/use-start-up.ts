import { useEffect } from "react";
import { startUp } from "../orchestrators/window";

/** Begins to listen and to load when the window's frame is mounted. */
export function useStartUp(): void {
  useEffect(() => {
    void startUp();
  }, []);
}
