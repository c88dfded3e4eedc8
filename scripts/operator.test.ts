/** What all operators' commands have in common. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Sandbox } from "../local/sandbox/index.ts";
import { runOperator } from "./testing/operator.ts";

const ROOT = join(import.meta.dirname, "..");
const COMMANDS = ["doctor", "smoke", "drill", "explain", "status", "leaks", "rotate", "verify", "models"];
/** A value for a command's argument. */
const ARGUMENT: Readonly<Record<string, string>> = { explain: "req_1", rotate: "google" };
const argvOf = (command: string) => [command, ...(ARGUMENT[command] === undefined ? [] : [ARGUMENT[command]])];

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const opened of open.splice(0)) opened.close();
});

/** A server on loopback that answers every request alike. */
async function serverThat(answers: (path: string) => { status: number; body: string } | "silence"): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers(request.url ?? "");
    if (answer !== "silence") response.writeHead(answer.status).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({ close: () => server.closeAllConnections() }, server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("--help", () => {
  it("lists every command", async () => {
    const { status, stdout } = await runOperator(["--help"]);

    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  it.each(COMMANDS)("of %s names the options that all commands share", async (command) => {
    const { status, stdout } = await runOperator([command, "--help"]);

    expect(status).toBe(0);
    for (const option of ["--stack", "--local", "--json"]) expect(stdout).toContain(option);
  });

  it.each(COMMANDS)("npm run %s runs the command", (command) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(scripts[command]).toBe(`node scripts/main.mjs ${command}`);
  });

  it.each(COMMANDS)("of %s is what npm run shows", async (command) => {
    const child = spawn(process.execPath, ["scripts/main.mjs", command, "--help"], { cwd: ROOT });
    const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);

    expect(child.exitCode).toBe(0);
    expect(stdout).toContain(`npm run ${command} --`);
  });
});

describe.each(COMMANDS)("%s ends with one line", (command) => {
  const oneLine = /^claude-failover: [^\n]+\n(\(Did you mean [^\n]+\)\n)?$/;

  it("for a flag that does not exist", async () => {
    const { status, stderr } = await runOperator([...argvOf(command), "--stck", "prod"]);

    expect(stderr).toMatch(oneLine);
    expect([status, stderr]).toEqual([2, expect.stringContaining("unknown option '--stck'")]);
  });

  it("for --local together with --stack", async () => {
    const { status, stderr } = await runOperator([...argvOf(command), "--local", "--stack", "prod"]);

    expect([status, stderr]).toEqual([2, "claude-failover: --local has one stack only: leave out --stack\n"]);
  });

  it("for an address where nothing answers", async () => {
    const { status, stderr } = await runOperator([...argvOf(command), "--local", "http://127.0.0.1:1"]);

    expect([status, stderr]).toEqual([3, "claude-failover: nothing answers at http://127.0.0.1:1: npm start\n"]);
  });

  it("for an address that is not the local cloud", async () => {
    const url = await serverThat(() => ({ status: 200, body: "{}" }));

    const { status, stderr } = await runOperator([...argvOf(command), "--local", url]);

    expect([status, stderr]).toEqual([
      3,
      `claude-failover: ${url} is not the local cloud of this version: npm start\n`,
    ]);
  });

  it("as a report with --json, and with the same line on stderr", async () => {
    const { status, stderr, report } = await runOperator([
      ...argvOf(command),
      "--json",
      "--local",
      "http://127.0.0.1:1",
    ]);

    expect([status, stderr]).toEqual([3, expect.stringMatching(oneLine)]);
    expect(report).toEqual({
      command,
      outcome: "failed",
      exitCode: "unknown",
      message: "nothing answers at http://127.0.0.1:1",
      cure: "npm start",
    });
  });

  it("when Ctrl-C comes while a cloud is silent", async () => {
    const interrupt = new AbortController();
    const url = await serverThat(() => {
      interrupt.abort();
      return "silence";
    });

    const { status, stderr } = await runOperator([...argvOf(command), "--local", url], { signal: interrupt.signal });

    expect([status, stderr]).toEqual([130, "claude-failover: interrupted\n"]);
  });
});

it("says that an argument after --local was taken for its address", async () => {
  const { status, stderr } = await runOperator(["explain", "--local", "req_1"]);

  expect(status).toBe(2);
  expect(stderr).toContain(
    "argument 'req_1' is invalid. It is not a URL such as http://127.0.0.1:8788. Put --local last.",
  );
});

it("names the nearest command for one that does not exist", async () => {
  const { status, stderr } = await runOperator(["docter"]);

  expect([status, stderr]).toEqual([2, "claude-failover: unknown command 'docter'\n(Did you mean doctor?)\n"]);
});

describe("without the pulumi CLI", () => {
  it("a command says so in one line", async () => {
    const { status, stderr } = await runOperator(["models"], { environment: { PATH: "/nowhere" } });

    expect(status).toBe(2);
    expect(stderr).toBe("claude-failover: the pulumi CLI is not on the PATH: https://www.pulumi.com/docs/install/\n");
  });
});

describe("the output", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.up({ isUpdatable: true });
  });
  afterAll(() => sandbox.down());
  const models = (options: Parameters<typeof runOperator>[1] = {}) =>
    runOperator(["models", "--local", sandbox.cloud.url], options);

  it("has colours on a terminal only, and not with NO_COLOR", async () => {
    const escapes = async (options: Parameters<typeof runOperator>[1]) =>
      (await models(options)).raw.includes("\u001b[");

    expect(await escapes({ columns: 100 })).toBe(true);
    expect(await escapes({ columns: 100, environment: { NO_COLOR: "1" } })).toBe(false);
    expect(await escapes({})).toBe(false);
  });

  it.each([60, 80, 120])("fits a terminal of %i columns", async (columns) => {
    const { stdout } = await models({ columns });

    const widest = Math.max(...stdout.split("\n").map((line) => line.length));
    // No column is narrower than its longest word.
    expect(widest).toBeLessThanOrEqual(Math.max(columns, 83));
  });

  it("loses no word in a very narrow terminal", async () => {
    const words = (text: string) => text.split(/\s+/).filter(Boolean).sort();

    expect(words((await models({ columns: 20 })).stdout)).toEqual(words((await models({ columns: 200 })).stdout));
  });

  it("ends quietly when nobody reads it any more", async () => {
    const child = spawn(process.execPath, ["scripts/main.mjs", "models", "--local", sandbox.cloud.url], { cwd: ROOT });
    child.stdout.destroy();
    const [stderr] = await Promise.all([text(child.stderr), once(child, "close")]);

    expect([child.exitCode, stderr]).toEqual([0, ""]);
  });
});
