import { defineConfig } from "vitest/config";

/**
 * These tests are not part of `npm test`, because they need plugins of half a gigabyte, and the gcp
 * provider sleeps for minutes.
 */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.e2e.ts"],
    // Three stacks run side by side, because most of a run is the gcp provider's sleep.
    maxWorkers: 3,
    // This reporter names every step and every skipped test.
    reporters: ["verbose"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
