import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{worker,infra,local,scripts,test}/**/*.test.ts"],
    // Most of a test here waits for sockets and time limits, not for a core.
    maxWorkers: 3,
    isolate: false,
    // A stack takes a second to come up where both cores are busy; nothing here waits for its own sake.
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
