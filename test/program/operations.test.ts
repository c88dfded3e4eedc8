/**
 * Follows docs/operations.md to the letter against a local cloud: every `npm run` command of the
 * page, in the order of the page, on one stack. What the page writes for a stack (`--stack prod`) is
 * written for the local cloud (`--local`), and long times are shortened.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { runOperator } from "../../scripts/testing/operator.ts";
import { post, QUESTION } from "../support/sandbox.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");

/** Every command of the page, as code and inside sentences, each once. */
const COMMANDS = [
  ...new Set(
    [...PAGE.matchAll(/^ {4,}(npm run .+)$|`(npm run [^`]+)`/gm)].map(([, line, inline]) => line ?? inline ?? ""),
  ),
];

/** Commands that ask before they do something, and the option that answers. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  smoke: ["--yes"],
  drill: ["--yes"],
  verify: ["--yes"],
  rotate: ["--yes", "--quiet-for", "1s", "--again"],
};

let sandbox: Sandbox;
const folder = mkdtempSync(join(tmpdir(), "claude-failover-operations-"));
let requestId = "";
beforeAll(async () => {
  const clients = ["default", { name: "operator", operator: true }];
  sandbox = await Sandbox.up({ config: { clients }, isUpdatable: true });
  const answer = await post(sandbox, JSON.stringify(QUESTION));
  await answer.text();
  requestId = answer.headers.get("request-id") ?? "";
});
afterAll(async () => {
  await sandbox?.down();
  rmSync(folder, { recursive: true });
});

function argvOf(command: string): string[] {
  const [name = "", ...options] = command
    .replace(/^npm run (-s )?/, "")
    .replace(" -- ", " ")
    .replace(/ --stack prod| --account ACCOUNT_ID| --project PROJECT_ID/g, "")
    .replace("--of prod", "--of local")
    .replace("REQUEST_ID", requestId)
    .replace("SECRET", "google")
    .replace("NAME", "default")
    .replace("drill.md", join(folder, "drill.md"))
    .replace(/--for \S+/, "--for 2s")
    .split(/\s+/);
  const answers = (ANSWERS[name] ?? []).filter((answer) => !options.includes(answer));
  return [name, ...options, "--local", sandbox.cloud.url, ...answers];
}

it("has commands for everything that the person on call does", () => {
  const names = COMMANDS.map((command) => command.split(/\s+/)[2]);
  expect(new Set(names)).toEqual(
    new Set(["doctor", "smoke", "drill", "status", "explain", "models", "rotate", "leaks", "verify"]),
  );
});

it.each(COMMANDS)("%s", { timeout: 180_000 }, async (command) => {
  const { status, stdout, stderr } = await runOperator(argvOf(command));

  expect([status, stderr], stdout).toEqual([0, ""]);
});
