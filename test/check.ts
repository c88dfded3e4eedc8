/**
 * Runs `npm run check`: lint, types, the bundle, the tests, and `npm start --exit`. Each step runs
 * only if the steps before it passed. The last line counts the tests.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
}

const folder = mkdtempSync(join(tmpdir(), "claude-failover-check-"));
const reportFile = join(folder, "tests.json");

const STEPS: readonly (readonly string[])[] = [
  ["run", "lint"],
  ["run", "typecheck"],
  ["run", "build"],
  ["test", "--", "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`],
  ["start", "--", "--exit", "--port", "0", "--cloud-port", "0"],
];

try {
  const failed = STEPS.find((step) => spawnSync("npm", step, { stdio: "inherit" }).status !== 0);
  const counts = testCounts();
  if (failed) console.error(`npm ${failed.slice(0, 2).join(" ")} failed.`);
  if (counts) console.log(counts);
  process.exitCode = failed ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns undefined if the tests did not run */
function testCounts(): string | undefined {
  try {
    const report: TestReport = JSON.parse(readFileSync(reportFile, "utf8"));
    return `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${report.numPendingTests} skipped`;
  } catch {
    return undefined;
  }
}
