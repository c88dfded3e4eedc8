/** `npm start` cleans up when it ends, and does not depend on its user's environment. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "local/cli/main.mjs");
const FREE_PORTS = ["--port", "0", "--cloud-port", "0"];

/** The folders in which the started processes create their temporary files. */
const folders: string[] = [];
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "start-ending-"));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", ...environment };
    execFile(command, args, { env, timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });
}

const start = (args: readonly string[], environment?: NodeJS.ProcessEnv) =>
  run(process.execPath, [MAIN, ...args, ...FREE_PORTS], environment);

/** Runs a script in bash. `$START` is the command. */
const inBash = (script: string) =>
  run("bash", ["-c", script], { START: `${process.execPath} ${MAIN} ${FREE_PORTS.join(" ")}` });

/** Starts the command with --json and waits until it serves. */
async function serving(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, [...args, "--json", ...FREE_PORTS], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { url, cloudUrl } = JSON.parse(line) as { url: string; cloudUrl: string };
  return { child, urls: [url, cloudUrl] };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals) {
  const exit = once(child, "exit");
  child.kill(signal);
  const [status] = (await exit) as [number | null];
  return status;
}

const isServed = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );
const served = async (urls: readonly string[]) => (await Promise.all(urls.map(isServed))).filter(Boolean).length;

describe("npm start leaves no temporary folder, no process and no open port", () => {
  it("after the demonstration", async () => {
    const folder = temporaryFolder();
    const { status } = await start(["--exit"], { TMPDIR: folder });
    expect(status).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("after %s", async (signal) => {
    const folder = temporaryFolder();
    const { child, urls } = await serving(process.execPath, [MAIN], { TMPDIR: folder });
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^miniflare-/)]);
    expect(await stop(child, signal)).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    await expect.poll(() => served(urls)).toBe(0);
  });

  // npm passes the signal to a shell, and the shell does not pass it on.
  it("after SIGTERM to npm", async () => {
    const { child, urls } = await serving("npm", ["--silent", "start", "--"]);
    await stop(child, "SIGTERM");
    await expect.poll(() => served(urls)).toBe(0);
  });

  it("when it cannot start", async () => {
    const folder = temporaryFolder();
    const { status } = await start(["--exit", "--date", "2020-01-01"], { TMPDIR: folder });
    expect(status).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("npm start with a closed output", () => {
  it("ends quietly", async () => {
    const { stdout, stderr } = await inBash('$START | head -n 1; echo "status $PIPESTATUS"');
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^claude-failover is up .*\nstatus 0\n$/);
  });

  it("ends quietly with --exit too, with the status of the demonstration", async () => {
    const { stdout, stderr } = await inBash('$START --exit | head -n 1; echo "status $PIPESTATUS"');
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^claude-failover is up .*\nstatus 0\n$/);
  });

  it.skipIf(!existsSync("/dev/full"))("prints one line if the disk is full", async () => {
    const { status, stderr } = await inBash("$START --faults > /dev/full");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^claude-failover: the output cannot be written: ENOSPC[^\n]*\n$/);
  });
});

describe("npm start prints the same demonstration", () => {
  it("with proxies and other clients' settings in the environment", async () => {
    const nowhere = "http://127.0.0.1:1";
    const names = ["http_proxy", "https_proxy", "all_proxy", "grpc_proxy"];
    const proxies = Object.fromEntries(
      names.flatMap((name) => [name, name.toUpperCase()]).map((name) => [name, nowhere]),
    );
    const { status, stdout } = await start(["--exit"], {
      ...proxies,
      NODE_USE_ENV_PROXY: "1",
      ANTHROPIC_BASE_URL: nowhere,
      ANTHROPIC_API_KEY: "sk-ant-another",
      ANTHROPIC_AUTH_TOKEN: "another",
      ANTHROPIC_CUSTOM_HEADERS: "x-api-key: another\nauthorization: Bearer another",
      MINIFLARE_WORKERD_PATH: "/nonexistent",
    });
    expect(stdout).toContain("Every answer came from where it should.");
    expect(status).toBe(0);
  });

  it("on a Node without URLPattern, which the oldest supported version does not have", async () => {
    const { status, stderr } = await start(["--exit"], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent("delete globalThis.URLPattern")}`,
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});

it("npm start explains how long Vertex may answer after a fault is removed", async () => {
  const child = spawn(process.execPath, [MAIN, "--set", "breaker.openMs=7000", ...FREE_PORTS], {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const line of createInterface(child.stdout)) {
    said += `${line}\n`;
    if (line === "Ctrl-C stops it.") break;
  }
  await stop(child, "SIGTERM");
  expect(said).toMatch(/curl -X DELETE .*\n +Vertex may still answer .*anthropic=open:\n.*circuit breaker.* 7 s /);
});
