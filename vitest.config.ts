import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { forgetClientsVariables } from "./local/cli/environment.ts";

// The workers inherit what is left: a caller's proxy or SDK settings would turn tests red.
forgetClientsVariables(process.env);

/** With WORKER_IN_NODE every stack's Worker runs inside Node, where coverage and mutants can be seen. */
const workerInNode = process.env.WORKER_IN_NODE;
/** The tests that exercise the Worker; for mutants only its unit tests, since thousands of runs follow. */
const TESTS_IN_NODE: Readonly<Record<string, string[]>> = {
  coverage: [
    "worker/**/*.test.ts",
    "test/worker/{breaker,bytes,clients,conformance,failover,google,handler,isolation,log,operator}.test.ts",
    "test/worker/{passed-on,rate-limit,requests,rotation,routes,universal-endpoint,wiring}.test.ts",
  ],
  mutation: ["worker/**/*.test.ts"],
};

export default defineConfig({
  resolve: {
    alias: workerInNode
      ? [{ find: /^\.\/worker-runtime\.ts$/, replacement: join(import.meta.dirname, "test/support/worker-in-node.ts") }]
      : [],
  },
  test: {
    include: TESTS_IN_NODE[workerInNode ?? ""] ?? ["{worker,infra,local,scripts,test,bench}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.stryker-tmp/**"],
    // Most of a test here waits for sockets and time limits, not for a core.
    maxWorkers: 3,
    isolate: workerInNode !== undefined,
    // A stack takes a second to come up where both cores are busy; nothing here waits for its own sake.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 5_000 } },
    coverage: {
      provider: "v8",
      include: ["worker/**/*.ts"],
      exclude: ["worker/**/*.test.ts", "worker/**/*-in-test.ts"],
      reporter: ["text"],
      thresholds: { branches: 95 },
    },
  },
});
