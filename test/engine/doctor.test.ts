/**
 * doctor with the real CLI: each thing that is wrong before the settings can be read is named alone,
 * and its cure leads to the next one. No cloud is called before the settings are right.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { issueAccessToken } from "../../local/google-auth/token-endpoint.ts";
import type { Line } from "../../scripts/doctor/examination.ts";
import { runOperator } from "../../scripts/testing/operator.ts";
import { describeEngine, Engine, placeProject, REQUIRED, settings } from "./engine.ts";
import { PulumiCli } from "./pulumi-cli.ts";

const KEY = `sk-ant-local-${"k".repeat(32)}`;
const before = process.cwd();
let cli: PulumiCli;
/** A folder at the beginning of the PATH. */
let tools: string;
/** The deployer's shell. */
let shell: Record<string, string>;

describeEngine("doctor", () => {
  beforeAll(() => {
    cli = new PulumiCli(() => ({ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "" }));
    placeProject(cli.folder);
    tools = toolsIn(cli.folder);
    shell = { ...cli.environment, PATH: [tools, cli.environment.PATH].join(delimiter) };
    process.chdir(cli.folder); // the CLI reads the project in the current folder
  });
  afterAll(() => {
    process.chdir(before);
    cli.remove();
  });

  it("names a missing CLI", async () => {
    shell = { ...shell, PATH: tools };
    expect(await problems()).toEqual([
      {
        name: "CLI",
        text: "the pulumi CLI is not on the PATH",
        cure: "https://www.pulumi.com/docs/install/",
      },
    ]);
    shell = { ...shell, PATH: [tools, cli.environment.PATH].join(delimiter) };
  });

  it("names a CLI that is too old", async () => {
    tool("pulumi", "echo v3.100.0");
    expect(await problems()).toEqual([
      {
        name: "CLI",
        text: "pulumi 3.100.0 is older than 3.259.0, which Pulumi.yaml requires",
        cure: "https://www.pulumi.com/docs/install/",
      },
    ]);
    tool("pulumi", `PATH="${cli.environment.PATH}" exec pulumi "$@"`);
  });

  it("names a backend without a login", async () => {
    const { PULUMI_BACKEND_URL: url = "", ...without } = shell;
    shell = without;
    expect(await problems()).toMatchObject([{ name: "backend", cure: "pulumi login" }]);
    shell = { ...shell, PULUMI_BACKEND_URL: url };
  });

  it("names a stack that does not exist", async () => {
    expect(await problems()).toEqual([
      {
        name: "stack",
        text: expect.stringContaining("no stack named 'dev' found"),
        cure: "pulumi stack select NAME, or for a new one: pulumi stack init NAME",
      },
    ]);
    await pulumi("stack", "init", "dev");
  });

  it("names a wrong passphrase", async () => {
    await pulumi("config", "set", "--secret", "otelAuthorization", "x", "--stack", "dev");
    shell = { ...shell, PULUMI_CONFIG_PASSPHRASE: "wrong" };
    expect(await problems()).toEqual([
      {
        name: "secrets provider",
        text: expect.stringContaining("incorrect passphrase"),
        cure: "export PULUMI_CONFIG_PASSPHRASE",
      },
    ]);
    shell = { ...shell, PULUMI_CONFIG_PASSPHRASE: "test" };
    await pulumi("config", "rm", "otelAuthorization", "--stack", "dev");
  });

  it("names plugins that are missing where nothing may be downloaded", async () => {
    shell = { ...shell, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
    const [first] = await problems();
    expect(first).toMatchObject({
      name: "provider plugins",
      text: expect.stringMatching(/^missing: cloudflare \S+, gcp \S+, random \S+, tls \S+, and PULUMI_DISABLE/),
      cure: expect.stringMatching(
        /^pulumi plugin install resource cloudflare \S+ && pulumi plugin install resource gcp/,
      ),
    });
    shell = { ...shell, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "" };
  });

  it("names a secret in clear text", async () => {
    await pulumi("config", "set", "anthropicApiKey", KEY, "--stack", "dev");
    expect(await problems()).toEqual([
      {
        name: "secrets",
        text: "stored in clear text: anthropicApiKey. Replace it, because it has been readable",
        cure: "pulumi config set --stack dev --secret anthropicApiKey",
      },
    ]);
    await pulumi("config", "set", "--secret", "anthropicApiKey", KEY, "--stack", "dev");
  });

  it("names each setting that is missing, and shows no secret", async () => {
    expect(await problems()).toEqual([
      {
        name: "settings",
        text: "cloudflareAccountId: the Cloudflare account id is missing",
        cure: "pulumi config set --stack dev cloudflareAccountId ACCOUNT_ID",
      },
      {
        name: "settings",
        text: "googleProject: the Google Cloud project id is missing",
        cure: "pulumi config set --stack dev googleProject PROJECT_ID",
      },
    ]);
  });
});

describeEngine("doctor of a deployed stack", () => {
  const cwd = process.cwd();
  let engine: Engine;

  beforeAll(async () => {
    engine = await Engine.start();
    await engine.addStack("dev");
    const { exitCode, output } = await engine.up("dev", ...settings(REQUIRED));
    if (exitCode !== 0) throw new Error(output);
    process.chdir(engine.folder);
    tools = toolsIn(engine.folder);
    vi.stubGlobal("fetch", fetchIn(engine));
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    process.chdir(cwd);
    await engine.stop();
  });

  it("has no problem, and reads the real engine's state", async () => {
    const { status, lines } = await examined(engine);

    expect(lines.filter(({ verdict }) => verdict === "problem" || verdict === "unknown")).toEqual([]);
    expect(lines.filter(({ verdict }) => verdict === "skipped").map(({ name }) => name)).toEqual([
      "cost of the calls",
      "call to Anthropic",
      "call to Vertex",
    ]);
    expect(lines).toContainEqual(expect.objectContaining({ name: "Google key", text: "epoch 1, live" }));
    expect(status).toBe(0);
  });

  it("names a missing Cloudflare token, and nothing else", async () => {
    const { lines } = await examined(engine, { CLOUDFLARE_API_TOKEN: "" });

    expect(lines.filter(({ verdict }) => verdict === "problem" || verdict === "unknown")).toMatchObject([
      { name: "token", cure: expect.stringMatching(/^read -rs CLOUDFLARE_API_TOKEN && export CLOUDFLARE_API_TOKEN/) },
    ]);
  });

  it("names all that was changed by hand, and one run repairs it", async () => {
    for (const gateway of engine.account.gateways.values()) gateway.authentication = false;
    Object.assign(engine.scriptOf("dev"), { content: "export default {};" });
    engine.project.policy.get("roles/aiplatform.user")?.clear();

    const broken = await examined(engine);
    const repair = await engine.up("dev", "--refresh", "--run-program");
    const repaired = await examined(engine);

    const cure = "pulumi up --stack dev --refresh --run-program";
    expect(broken.lines.filter(({ verdict }) => verdict === "problem")).toMatchObject([
      { name: "gateway", text: "changed by hand: authentication is false instead of true", cure },
      { name: "Worker's code", text: "replaced by hand: it is not what the last run uploaded", cure },
      { name: "grants", text: expect.stringMatching(/^taken away: roles\/aiplatform.user/), cure },
    ]);
    expect(repair.exitCode, repair.output).toBe(0);
    expect(repaired.lines.filter(({ verdict }) => verdict === "problem")).toEqual([]);
  });
});

/** Everything but Cloudflare's API has a fixed address, so this `fetch` leads it to the local cloud. */
function fetchIn(engine: Engine): typeof fetch {
  const { fetch: original } = globalThis;
  return (input, init) => {
    const given = input instanceof Request ? input.url : String(input);
    const { hostname, pathname, search } = new URL(given);
    if (hostname.endsWith(".workers.dev"))
      return Promise.resolve(Response.json({ version: engine.scriptOf("dev").versionId }));
    if (!/(googleapis|anthropic)\.com$/.test(hostname)) return original(input, init);
    const url = `${engine.cloud.url}/${hostname}${pathname}${search}`;
    return original(input instanceof Request ? new Request(url, input) : url, init);
  };
}

async function examined(
  engine: Engine,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ status: number; lines: readonly Line[] }> {
  const { state, user } = engine.cloud.context;
  engine.project.policy.set("roles/owner", new Set([user]));
  const environment = {
    ...engine.environment,
    PATH: [tools, engine.environment.PATH].join(delimiter),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "",
    GOOGLE_OAUTH_ACCESS_TOKEN: issueAccessToken(state, user),
    ...variables,
  };
  const ran = await runOperator(["doctor", "--stack", "dev", "--no-calls", "--json"], { environment });
  return { status: ran.status, lines: (ran.report?.checks ?? []) as readonly Line[] };
}

async function problems(): Promise<Pick<Line, "name" | "text" | "cure">[]> {
  const ran = await runOperator(["doctor", "--stack", "dev", "--no-calls", "--json"], { environment: shell });
  expect(ran.status).toBe(1);
  expect(ran.stdout).not.toContain(KEY);
  const lines = (ran.report?.checks ?? []) as readonly Line[]; // what the report documents
  return lines.flatMap(({ verdict, name, text, cure = "" }) => (verdict === "problem" ? { name, text, cure } : []));
}

async function pulumi(...args: readonly string[]): Promise<void> {
  const { exitCode, output } = await cli.run(args);
  if (exitCode !== 0) throw new Error(output);
}

/** No test asks the registry for newer releases. */
function toolsIn(folder: string): string {
  tools = join(folder, "tools");
  mkdirSync(tools);
  tool("npm", "echo {}");
  return tools;
}

/** A command on the PATH of the shell. */
function tool(name: string, script: string): void {
  const file = join(tools, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}
