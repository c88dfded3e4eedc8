import { defineConfig } from "vitest/config";

/** Apart from `npm test`: these need plugins of half a gigabyte, and wait minutes for what the gcp provider sleeps. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.e2e.ts"],
    // Three stacks side by side: most of a run is the gcp provider's sleep.
    maxWorkers: 3,
    // Names every step, and what is skipped.
    reporters: ["verbose"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
