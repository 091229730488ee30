// Measures how fast the real window starts; run by `npm run bench`, which sets
// what it needs in the environment.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/bench/**/*.measure.ts"],
    environment: "node",
    fileParallelism: false,
    // A hang fails the benchmark; nothing is measured by it.
    testTimeout: 3_600_000,
  },
});
