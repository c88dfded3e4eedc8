/** Runs `npm start` as a user does. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { nodeProblem } from "../../infra/node-version.mjs";
import { faultGroups } from "../../local/cli/fault-table.ts";

const MAIN = join(import.meta.dirname, "../../local/cli/main.mjs");
const FREE_PORTS = ["--port", "0", "--cloud-port", "0"];

function start(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...process.env, NO_COLOR: "1" } }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

describe("npm start", () => {
  it("prints the demonstration and exits with 0 if every answer was the expected one", async () => {
    const { status, stdout, stderr } = await start("--exit", ...FREE_PORTS);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/✓ Anthropic is well +JSON +msg_01\w+ +anthropic=200/);
    expect(stdout).toMatch(/✓ overloaded_error \(529\) +JSON +msg_vrtx_01\w+ +anthropic=\?;vertex\/us=200/);
    // A model of today fails over to a multi-region; one line is about a model of the one region.
    expect(stdout).toMatch(/✓ 529 for claude-sonnet-4-6 +JSON +msg_vrtx_01\w+ +anthropic=\?;vertex\/us-east5=200/);
    expect(stdout).toContain("Every answer came from where it should.");
    // A resource is named by what it is, not by its type.
    expect(stdout).not.toMatch(/^ .*\w:\w+\/\w+:\w/m);
    const [, readyS] = /ready after ([\d.]+) s/.exec(stdout) ?? [];
    // It takes 3 s on an idle machine. Here other tests run at the same time.
    expect(Number(readyS)).toBeLessThanOrEqual(6);
  });

  it("uses the models of the given date", async () => {
    const { status, stdout } = await start("--exit", "--date", "2024-10-22", ...FREE_PORTS);
    expect(status).toBe(0);
    expect(stdout).toContain("claude-3-5-sonnet-20241022");
  });

  it("prints the demonstration with other settings", async () => {
    const { status, stdout, stderr } = await start(
      ...["--exit", "--routing", "direct", "--vertex-locations", "us,global", "--clients", "web,ci"],
      ...["--set", 'models={"claude-x":{"vertexId":"claude-x","locations":["us"]}}', "--set", "timeouts.jsonMs=9000"],
      ...["--date", "2026-11-22", ...FREE_PORTS],
    );
    expect(stderr).toBe("");
    expect(stdout).toContain(
      "Demo: claude-haiku-5-5 with @anthropic-ai/sdk, first Anthropic, then Vertex AI in us, global",
    );
    expect(stdout).toMatch(/✓ overloaded_error \(529\) +JSON +msg_vrtx_01\w+ +anthropic=529;vertex\/us=200/);
    expect(stdout).toContain("Every answer came from where it should.");
    expect(status).toBe(0);
  });

  it.each([
    ["a forced target", ["force=vertex/us-east5"]],
    ["a breaker that opens after two failures", ["breaker.failures=2"]],
  ])("expects the right answers with %s", async (_what, settings) => {
    const { status, stdout } = await start("--exit", ...settings.flatMap((text) => ["--set", text]), ...FREE_PORTS);
    expect(stdout).toContain("Every answer came from where it should.");
    expect(status).toBe(0);
  });

  it("gives each client its own token", async () => {
    const { stdout } = await start("--exit", "--json", "--clients", "web,ci", ...FREE_PORTS);
    expect(Object.keys(JSON.parse(stdout).clientTokens).sort()).toEqual(["ci", "web"]);
  });

  it("uses the later of two values for a setting", async () => {
    const { status, stderr } = await start("--exit", "--set", "routing=nowhere", "--routing", "bypass", ...FREE_PORTS);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  it("lists every mode of every target with --faults", async () => {
    const { status, stdout, stderr } = await start("--faults");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    for (const { targets, rows } of faultGroups()) {
      const [section = ""] = stdout.split(`${targets.join(", ")}\n`)[1]?.split("\n\n") ?? [];
      for (const { mode } of rows) expect(section).toMatch(new RegExp(`^ {2}${mode}\\b`, "m"));
    }
  });

  it("with --json prints one line with its addresses, and serves until SIGINT", async () => {
    const child = spawn(process.execPath, [MAIN, "--json", ...FREE_PORTS], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const { url, clientTokens, faultsUrl } = JSON.parse(line);
    const ask = async () => {
      const response = await fetch(`${url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": clientTokens.default, "anthropic-version": "2023-06-01" },
        body: '{"model":"claude-sonnet-4-6","max_tokens":1,"messages":[{"role":"user","content":"Hello"}]}',
      });
      return ((await response.json()) as { id: string }).id;
    };

    expect(await ask()).toMatch(/^msg_(?!vrtx)/);
    const set = await fetch(`${faultsUrl}/anthropic`, { method: "PUT", body: '{"mode":"status","status":529}' });
    expect(await set.json()).toEqual({ anthropic: { mode: "status", status: 529 } });
    expect(await ask()).toMatch(/^msg_vrtx/);
    const wrong = await fetch(`${faultsUrl}/anthropic`, { method: "PUT", body: '{"mode":"sulk"}' });
    expect(wrong.status).toBe(400);

    child.kill("SIGINT");
    const [status] = (await once(child, "exit")) as [number];
    expect(status).toBe(0);
  });

  it("prints one line if a port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { status, stderr } = await start("--exit", "--port", String(port), "--cloud-port", "0");
    server.close();
    expect(status).toBe(1);
    expect(stderr).toBe(
      `claude-failover: Port ${port} is in use: choose another with --port, such as --port 0 for any free one.\n`,
    );
  });

  it("prints one line if both port options are equal", async () => {
    const { status, stderr } = await start("--exit", "--port", "8788");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^claude-failover: --port and --cloud-port are both 8788 .*--cloud-port 0 .*\n$/);
  });

  it.each([
    ["--port", "http", /a port is 0 to 65535/],
    ["--date", "2024-13-45", /a day is written like 2024-10-22/],
    ["--nosuch", "x", /unknown option '--nosuch'/],
  ])("refuses %s %s without a stack trace", async (option, value, message) => {
    const { status, stderr } = await start(option, value);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it.each<[string[], RegExp]>([
    [
      ["--routing", "nowhere"],
      /^claude-failover: routing: .*"universal"\|"direct"\|"bypass".*--set routing=universal\n$/,
    ],
    [
      ["--vertex-locations", "us-east5,mars"],
      /^claude-failover: vertexLocations\[1\]: a Vertex location is a region .*\n$/,
    ],
    [["--clients", "web,web"], /^claude-failover: clients: the client web is named twice.*\n$/],
    [["--set", "timeouts.jsonMs=soon"], /^claude-failover: timeouts\.jsonMs: .*number.*\n$/],
    [["--set", "routng=direct"], /^claude-failover: routng: there is no such setting \(did you mean routing\?\)\n$/],
    [
      ["--set", "breaker=1", "--set", "force=moon"],
      /^claude-failover: (?=.*breaker: )(?=.*force: a target is anthropic).*\n$/,
    ],
    [["--set", "routing"], /^error: .*a setting is written like routing=direct or timeouts\.jsonMs=1000\.\n$/],
  ])("prints one line with the problem of %j", async (options, message) => {
    const { status, stdout, stderr } = await start("--exit", ...options, ...FREE_PORTS);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
  });

  it("prints one line if no model existed on the given date", async () => {
    const { status, stderr } = await start("--exit", "--date", "2020-01-01", ...FREE_PORTS);
    expect(status).toBe(1);
    expect(stderr).toBe(
      "claude-failover: On 2020-01-01 no model was served by both sides in us-east5 or us or global: choose another --date.\n",
    );
  });

  it("lists its options with --help", async () => {
    const { status, stdout } = await start("--help");
    expect(status).toBe(0);
    const options = ["--port", "--cloud-port", "--date", "--exit", "--json"];
    const settings = ["--routing", "--vertex-locations", "--clients", "--set", "--faults"];
    for (const option of [...options, ...settings]) expect(stdout).toContain(option);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("npm -s start -- --json");
  });
});

describe("the check of the Node version", () => {
  it.each(["18.20.0", "20.20.2", "22.17.9", "23.11.1"])("refuses %s in one line", (version) => {
    expect(nodeProblem(version)).toMatch(/^claude-failover needs Node \^22\.18 \|\| >=24, and this is Node [^\n]+$/);
  });

  it.each(["22.18.0", "22.23.3", "24.0.0", "24.21.0", "100.0.0"])("accepts %s", (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });

  it("refuses a Node without type stripping", () => {
    expect(nodeProblem("24.21.0", false)).toMatch(/^claude-failover needs Node's type stripping, .* NODE_OPTIONS\.$/);
  });
});
