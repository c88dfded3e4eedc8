/**
 * Runs the scripts in the workflows unchanged, with stand-ins for the programs that use the
 * network.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";

const GITHUB = join(import.meta.dirname, "../../.github");

interface Step {
  run?: string;
  env?: Readonly<Record<string, string>>;
}

const read = (file: string) => parse(readFileSync(join(GITHUB, file), "utf8"));
function onlyScript(steps: readonly Step[]): Required<Step> {
  const [found, ...others] = steps.filter((step) => step.run);
  if (!found || others.length > 0) throw new Error("there is not exactly one script");
  return found as Required<Step>; // the filter has checked `run`, and each script here has variables
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "workflow-scripts-"));
  mkdirSync(join(folder, "bin"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function standIn(name: string, script: string): void {
  writeFileSync(join(folder, "bin", name), `#!/usr/bin/env bash\n${script}\n`);
  chmodSync(join(folder, "bin", name), 0o755);
}

/** Runs bash as GitHub does: it stops at the first failure. */
function run(script: string, env: Readonly<Record<string, string>>) {
  const path = `${join(folder, "bin")}${delimiter}${process.env.PATH}`;
  const options = { cwd: folder, env: { ...env, PATH: path }, encoding: "utf8" } as const;
  return spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], options);
}

describe("the comment with the preview", () => {
  /**
   * @returns the text inside the first fenced block and after it, by CommonMark's rule for backtick
   * fences
   */
  function fenced(markdown: string): { inside: string; after: string } {
    const lines = markdown.split("\n");
    const opening = lines.findIndex((line) => /^`{3,}/.test(line));
    const [fence = ""] = /^`+/.exec(lines[opening] ?? "") ?? [];
    const length = lines.slice(opening + 1).findIndex((line) => {
      const [, closing = ""] = /^ {0,3}(`+)\s*$/.exec(line) ?? [];
      return closing.length >= fence.length;
    });
    return {
      inside: lines.slice(opening + 1, opening + 1 + length).join("\n"),
      after: lines.slice(opening + 2 + length).join("\n"),
    };
  }

  it.each([
    ["with an ordinary diff", "+ cloudflare:index:WorkersScript\n  [urn=…]"],
    ["with three backticks", "```\ntext\n```"],
    ["with four backticks on a line", "+ a\n````\n# Approved by everybody\n````"],
    ["with ten backticks", `a\n${"`".repeat(10)}\n<b>b</b>`],
    ["with backticks inside a line", "a ````` b"],
    ["that looks like an option of echo", "-n"],
  ])("keeps a text %s inside its block", (_what, preview) => {
    standIn("gh", "exit 0");
    const { run: script } = onlyScript(read("workflows/preview.yml").jobs.comment.steps);
    const { status, stderr } = run(script, { PREVIEW: preview, RESULT: "success", RUN_URL: "u", NUMBER: "1" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(fenced(readFileSync(join(folder, "comment.md"), "utf8"))).toEqual({ inside: preview, after: "" });
  });
});

describe("the Pulumi CLI", () => {
  const { run: script, env } = onlyScript(read("actions/pulumi/action.yml").runs.steps);

  let digestOfArchive: string;
  beforeEach(() => {
    mkdirSync(join(folder, "made", "pulumi"), { recursive: true });
    mkdirSync(join(folder, "runner"));
    writeFileSync(join(folder, "made", "pulumi", "pulumi"), "the CLI");
    spawnSync("tar", ["-czf", join(folder, "archive"), "-C", join(folder, "made"), "pulumi"]);
    digestOfArchive = createHash("sha256")
      .update(readFileSync(join(folder, "archive")))
      .digest("hex");
    // The URL is the last argument, and --output names the file.
    standIn(
      "curl",
      `echo "\${@: -1}" > ${folder}/asked
       while [ "$1" != --output ]; do shift; done
       cp ${folder}/archive "$2"`,
    );
  });

  const install = (digest: string) =>
    run(script, {
      ...env,
      SHA256: digest,
      RUNNER_TEMP: join(folder, "runner"),
      GITHUB_PATH: join(folder, "path"),
    }).status;

  it("is not unpacked if the archive has another digest", () => {
    expect(install(env.SHA256 ?? "")).not.toBe(0);
    expect(readdirSync(join(folder, "runner"))).toEqual(["pulumi.tar.gz"]);
    expect(readdirSync(folder)).not.toContain("path");
    const release = `https://github.com/pulumi/pulumi/releases/download/v${env.VERSION}`;
    const asked = readFileSync(join(folder, "asked"), "utf8");
    expect(asked).toBe(`${release}/pulumi-v${env.VERSION}-linux-x64.tar.gz\n`);
  });

  it("is unpacked and on the PATH if the archive has the pinned digest", () => {
    expect(install(digestOfArchive)).toBe(0);
    expect(readFileSync(join(folder, "path"), "utf8")).toBe(`${join(folder, "runner", "pulumi")}\n`);
    expect(readFileSync(join(folder, "runner", "pulumi", "pulumi"), "utf8")).toBe("the CLI");
  });

  it("is pinned by a version and a digest", () => {
    expect(env.VERSION).toMatch(/^\d+\.\d+\.\d+$/);
    expect(env.SHA256).toMatch(/^[0-9a-f]{64}$/);
  });
});
