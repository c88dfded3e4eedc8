/**
 * The project as a template: `pulumi new` turns a copy of it into a complete project with another
 * name. The copy contains the files of a clone, without those that git ignores.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";

const ROOT = join(import.meta.dirname, "../..");
const NAME = "our-failover";

function copyOfProject(folder: string): void {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const present = files.split("\n").filter((file) => file !== "" && existsSync(join(ROOT, file)));
  for (const file of present) cpSync(join(ROOT, file), join(folder, file));
}

describeEngine("a project that `pulumi new` has created from a copy", () => {
  let scratch: string;
  let project: string;
  let engine: Engine;
  const pulumi = (...args: string[]) => engine.run(["--cwd", project, ...args]);

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "claude-failover-template-"));
    const template = join(scratch, "template");
    project = join(scratch, "project");
    engine = await Engine.start();
    copyOfProject(template);
    // Without `--generate-only`, `pulumi new` would install packages from the network.
    const made = await engine.run(["new", template, "--dir", project, "--name", NAME, "--yes", "--generate-only"]);
    expect(made.exitCode, made.output).toBe(0);
    symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  }, 60_000);
  afterAll(async () => {
    await engine?.stop();
    if (scratch) rmSync(scratch, { recursive: true });
  });

  it("has its new name, no questions of the template, and all other files", () => {
    const { name, template: questions, main, config } = parse(readFileSync(join(project, "Pulumi.yaml"), "utf8"));
    expect({ name, questions, main }).toEqual({ name: NAME, questions: undefined, main: "infra/main.mjs" });
    expect(config["pulumi:disable-default-providers"]).toEqual({ value: ["*"] });
    for (const file of [".github/workflows/deploy.yml", "Pulumi.prod.yaml", "docs/security.md"])
      expect(existsSync(join(project, file)), file).toBe(true);
  });

  it.each(["dev", "prod"])("plans the stack %s, and its committed settings have the new name", async (stack) => {
    const key = ["config", "set-all", "--stack", stack, "--secret", `anthropicApiKey=${engine.anthropicApiKey}`];
    for (const args of [["stack", "init", stack], key]) {
      const run = await pulumi(...args);
      expect(run.exitCode, run.output).toBe(0);
    }
    const preview = await pulumi("preview", "--stack", stack, ...settings(REQUIRED));
    expect(preview.exitCode, preview.output).toBe(0);
    expect(preview.output).toMatch(/\+ \d+ to create/);
    expect(preview.output).toContain(`${NAME}-${stack}`);
    expect(readFileSync(join(project, `Pulumi.${stack}.yaml`), "utf8")).toContain(`${NAME}:clients`);
  });

  it("prints how to repair a secret that the template stored as plain text", async () => {
    await pulumi("config", "set", "--stack", "dev", "--plaintext", "anthropicApiKey", engine.anthropicApiKey);
    const preview = await pulumi("preview", "--stack", "dev");
    expect(preview.exitCode).not.toBe(0);
    expect(preview.output).toContain("anthropicApiKey: a secret is stored in clear text: pulumi config set --secret");
    expect(preview.output).not.toContain(engine.anthropicApiKey);
  });
});
