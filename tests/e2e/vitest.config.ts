// Suites that drive the real window through tauri-driver; one window at a time.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.spec.ts"],
    environment: "node",
    fileParallelism: false,
    // A hang fails the suite instead of the whole run; nothing is measured by it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
