/**
 * Measures the program's own time in a preview with every setting at its limit. It is the time to
 * load the modules and to run the program.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The fastest run counts, because other processes share the caches. */
const RUNS = 3;
const LIMIT_MS = 600;

it(`the program takes at most ${LIMIT_MS} ms of a preview`, { timeout: 60_000 }, () => {
  const times = Array.from({ length: RUNS }, () => {
    const output = execFileSync(process.execPath, [join(import.meta.dirname, "program-time.ts")], { encoding: "utf8" });
    return JSON.parse(output) as { modulesMs: number; runMs: number };
  });
  const [fastest] = times.sort((a, b) => a.modulesMs + a.runMs - (b.modulesMs + b.runMs));
  const { modulesMs = Number.NaN, runMs = Number.NaN } = fastest ?? {};
  console.log(`program in a preview: modules ${Math.round(modulesMs)} ms, run ${Math.round(runMs)} ms`);
  expect(modulesMs + runMs).toBeLessThanOrEqual(LIMIT_MS);
});
