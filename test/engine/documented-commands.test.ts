/**
 * Runs every `pulumi` command of the documents in bash, in the order in which a reader would run
 * them.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ACCOUNT_ID, GOOGLE_PROJECT } from "../../local/sandbox/index.ts";
import { DOCUMENTS, linesOfCode } from "../program/documents.ts";
import { describeEngine, Engine } from "./engine.ts";

const ZONE_ID = "0123456789abcdef0123456789abcdef";

/** The placeholders in the documents, with values for them. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  ACCOUNT_ID,
  PROJECT_ID: GOOGLE_PROJECT,
  ZONE_ID,
  NAME: "local",
  "pr-N": "pr-7",
};

/** Commands that cannot run here, with the reason. */
const ELSEWHERE: readonly [pattern: RegExp, why: string][] = [
  [/^pulumi (login|org set-default)/, "needs Pulumi Cloud"],
  [/--secrets-provider "gcpkms:/, "needs Google KMS"],
  [/^pulumi new /, "installs packages; template.test.ts runs it without"],
  [/^pulumi stack export \| grep/, "only shows whether a key exists"],
  [/# an hour later/, "is the second half of a manual revocation"],
];

/** Commands that a reader has run earlier, as the documents say. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  "docs/configuration.md": [...newStack("dev")],
  "docs/changes.md": [...newStack("dev"), "pulumi up"],
  "docs/operations.md": [...newStack("prod")],
  "docs/environments.md pulumi stack output --show-secrets clientTokens --stack pr-N": [
    "pulumi stack select dev",
    "pulumi stack init pr-N --copy-config-from dev",
    "pulumi up",
  ],
  "docs/environments.md pulumi config set --secret anthropicApiKeyPrevious": ["pulumi stack select dev"],
  "docs/environments.md pulumi preview --stack prod --refresh --run-program --expect-no-changes --diff": [
    "pulumi stack init prod --copy-config-from dev",
    "pulumi config set protect true",
    "pulumi up",
  ],
};

function newStack(name: string): string[] {
  return [
    `pulumi stack init ${name}`,
    "pulumi config set cloudflareAccountId ACCOUNT_ID",
    "pulumi config set googleProject PROJECT_ID",
    "pulumi config set --secret anthropicApiKey",
  ];
}

const DOCUMENTED = DOCUMENTS.map((file) => ({
  file,
  commands: linesOfCode(file)
    .filter((line) => line.startsWith("pulumi "))
    .filter((line) => !ELSEWHERE.some(([pattern]) => pattern.test(line))),
})).filter(({ commands }) => commands.length > 0);

describeEngine("the commands of", () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await Engine.start();
    engine.account.zones.set(ZONE_ID, "example.com");
  });
  afterEach(() => engine?.stop());

  it.each(DOCUMENTED)("$file", { timeout: 300_000 }, async ({ file, commands }) => {
    for (const command of BEFORE[file] ?? []) await run(command);
    for (const command of commands) {
      for (const earlier of BEFORE[`${file} ${command}`] ?? []) await run(earlier);
      await run(command);
    }
  });

  /** @throws with the command's output */
  async function run(command: string): Promise<void> {
    const filled = Object.entries(PLACEHOLDERS).reduce((text, [word, value]) => text.replaceAll(word, value), command);
    const child = promisify(execFile)("bash", ["-c", filled], {
      cwd: engine.folder,
      env: { ...engine.environment, PULUMI_SKIP_CONFIRMATIONS: "true" },
    });
    // `config set --secret` reads the secret from stdin.
    child.child.stdin?.end(engine.anthropicApiKey);
    const outcome = await child.then(
      () => "",
      (error: { stdout: string; stderr: string }) => `${error.stdout}\n${error.stderr}`,
    );
    expect(outcome, filled).toBe("");
  }
});
