// Tests of the window's sources in a simulated document. The real window is
// driven by tests/e2e.
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: { "@ui": here("ui"), "@ml": here("features/ml/index.ts") },
  },
  test: {
    include: ["ui/**/*.test.{ts,tsx}", "features/**/*.test.{ts,tsx}"],
    environment: "jsdom",
    setupFiles: [here("ui/test/setup.ts")],
    restoreMocks: true,
  },
});
