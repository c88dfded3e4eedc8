/** Tests the command lines, with the one measure that needs no load and with a short profile. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CAN_MEASURE_PROCESSES } from "./process-usage.ts";

function run(program: string, args: readonly string[]) {
  return spawnSync(process.execPath, [join(import.meta.dirname, program), ...args], { encoding: "utf8" });
}

const bench = (...args: string[]) => run("main.ts", args);

describe("npm run bench", () => {
  it("--help names every measure", () => {
    const { stdout, status } = bench("--help");

    expect(status).toBe(0);
    expect(stdout).toContain("cpu-1kb-c8");
    expect(stdout).toContain("scaling");
  });

  it.runIf(CAN_MEASURE_PROCESSES)("--quick --only NAME prints the rows of one measure", () => {
    const { stdout, status } = bench("--quick", "--only", "bundle");

    expect(status).toBe(0);
    expect(stdout).toMatch(/^\| bundle, gzip, all features \|/m);
  });

  it.runIf(CAN_MEASURE_PROCESSES)("refuses a name that no measure has", () => {
    const { stderr, status } = bench("--only", "speed");

    expect(status).toBe(1);
    expect(stderr).toContain("No measure begins with speed.");
  });
});

it.runIf(CAN_MEASURE_PROCESSES)("a profile names functions of the Worker", () => {
  const { stdout, status } = run("profile.ts", ["direct", "1000", "400"]);

  expect(status).toBe(0);
  expect(stdout).toMatch(/^ +\d+\.\d % {2}fetch:\d+$/m);
});
