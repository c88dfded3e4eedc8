/** The command line of `npm run soak`. The soak itself is tested in soak.test.ts. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "command.mjs");

function soak(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

it("lists its options with --help", async () => {
  const { status, stdout, stderr } = await soak("--help");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  for (const option of ["--requests", "--seed", "--routing"]) expect(stdout).toContain(option);
});

it.each([
  [["--nosuch"], /^error: unknown option '--nosuch'/],
  [["--requests", "x"], /^error: .*a whole number from 1 to /],
  [["--requests", "0"], /^error: .*a whole number from 1 to /],
  [["--seed", "1.5"], /^error: .*a whole number from 0 to /],
  [["--routing", "nowhere"], /^error: .*Allowed choices are universal, direct, bypass/],
])("refuses %j without a stack trace and without a run", async (args, message) => {
  const { status, stdout, stderr } = await soak(...args);
  expect(status).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stdout).toBe("");
});

it("runs, and prints the options that repeat the run", async () => {
  const { status, stdout, stderr } = await soak("--requests", "5", "--seed", "7", "--routing", "bypass");
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^--requests 5 --seed 7 --routing bypass\n/);
  expect(stdout).toMatch(/\n0 violations\n$/);
  expect(status).toBe(0);
});
