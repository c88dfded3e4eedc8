/** Requests of the local cloud, explained from their logs. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ACCOUNT_ID, Sandbox, type StackOptions } from "../local/sandbox/index.ts";
import type { CloudflareAccount } from "../local/state/index.ts";
import { NEVER_OPEN, ONE_LOCATION, post, QUESTION } from "../test/support/sandbox.ts";
import { type RunOptions, runOperator } from "./testing/operator.ts";

const CLIENTS = ["app", { name: "oncall", operator: true }];
const LINE = z.object({ request_id: z.string() });
const up = (options: StackOptions = {}) =>
  Sandbox.up({
    isUpdatable: true,
    ...options,
    config: { ...ONE_LOCATION, clients: CLIENTS, breaker: NEVER_OPEN, ...options.config },
  });

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await up();
});
beforeEach(() => {
  accountOf(sandbox).workerLog = [];
});
afterEach(() => sandbox.cloud.context.faults.clear());
afterAll(() => sandbox.down());

function accountOf({ cloud }: Sandbox): CloudflareAccount {
  const account = cloud.context.state.accounts.get(ACCOUNT_ID);
  if (!account) throw new Error("no account");
  return account;
}

interface Asked {
  body?: object;
  headers?: Record<string, string>;
  client?: string;
}

/** @returns the id that the caller got, once the Worker has written its line */
async function ask({ body = {}, headers = {}, client = "app" }: Asked = {}, stack = sandbox): Promise<string> {
  const before = accountOf(stack).workerLog.length;
  const token = stack.outputs.clientTokens[client] ?? "";
  const response = await post(stack, JSON.stringify({ ...QUESTION, ...body }), { "x-api-key": token, ...headers });
  await response.text().catch(() => undefined);
  await expect.poll(() => accountOf(stack).workerLog.length).toBeGreaterThan(before);
  return response.headers.get("request-id") ?? "";
}

/** The id of the newest line of the Worker's log. */
function ownId(): string {
  return LINE.parse(accountOf(sandbox).workerLog.at(-1)?.source).request_id;
}

const explain = (id: string, argv: readonly string[] = [], stack = sandbox, options: RunOptions = {}) =>
  runOperator(["explain", id, "--local", stack.cloud.url, ...argv], options);

describe("a request", () => {
  it("is explained from the id that its caller got", async () => {
    const id = await ask();

    const { status, stdout } = await explain(id);

    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC: the client app asked for messages for claude-sonnet-4-6 with \d+ bytes\.$/,
      ),
      `Version ${sandbox.script.versionId} of the Worker took it, which still serves.`,
      expect.stringMatching(/^anthropic at \d\d:\d\d:\d\d\.\d{3} answered 200 after \d+ ms\.$/),
      "No circuit was open in its isolate afterwards.",
      expect.stringMatching(/^The caller got status 200 from anthropic after \d+ ms\.$/),
      expect.stringMatching(/^The gateway counts 8 tokens in, 16 out and \$0\.\d+\.$/),
    ]);
  });

  it("is explained from the Worker's own id, and as JSON", async () => {
    await ask();
    const id = ownId();

    const { status, report } = await explain(id, ["--json"]);

    expect(status).toBe(0);
    expect(report).toMatchObject({
      command: "explain",
      outcome: "found",
      id,
      facts: expect.arrayContaining([expect.stringContaining("the client app asked")]),
      line: { request_id: id, target: "anthropic" },
      calls: [{ provider: "anthropic", status: 200, request: id }],
    });
  });

  it("that failed over has the status that the gateway hides from the Worker", async () => {
    sandbox.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const id = await ask({ body: { stream: true, service_tier: "auto" } });

    const { stdout } = await explain(id);

    expect(stdout).toMatch(
      /\nanthropic at [\d:.]+ was asked and did not answer the request: status 529 after \d+ ms, by the gateway's log, which alone shows it\.\n/,
    );
    expect(stdout).toMatch(/\nvertex\/us-east5 at [\d:.]+ answered 200 after \d+ ms\.\n/);
    expect(stdout).toContain("For Vertex was left out, without a change of the answer: service_tier.");
    expect(stdout).toMatch(/from vertex\/us-east5 after \d+ ms\. Its body was complete, after \d+ ms\.\n/);
  });

  it("without an answer of the target says so", async () => {
    sandbox.cloud.context.faults.set("anthropic", { mode: "reset" });
    const id = await ask();

    expect((await explain(id)).stdout).toMatch(
      /anthropic at [\d:.]+ was asked .*: no answer after \d+ ms, by the gateway/,
    );
  });

  it("that was drilled says who had to fail", async () => {
    const id = await ask({ client: "oncall", headers: { "x-failover-drill": "anthropic" } });

    const { stdout } = await explain(id);

    expect(stdout).toContain("It was a drill: anthropic had to fail.");
    expect(stdout).toMatch(/anthropic at .* status 401 after/);
  });

  it.each<[string, Asked, string]>([
    [
      "a model that no location serves",
      { body: { model: "claude-opus-5-5" } },
      "no Vertex location of the stack serves this model (model_not_in_locations)",
    ],
    [
      "a member that Vertex lacks",
      { body: { mcp_servers: [] } },
      "Vertex lacks the member mcp_servers, which may change",
    ],
    [
      "an unknown model",
      { body: { model: "claude-x" } },
      "the Worker's table of models does not have this model (unknown_model)",
    ],
  ])("that Vertex was not asked says why: %s", async (_what, asked, why) => {
    const id = await ask(asked);

    expect((await explain(id)).stdout).toContain(`Vertex was not asked: ${why}`);
  });

  it("whose stream broke off says who broke it", async () => {
    sandbox.cloud.context.faults.set("anthropic", { mode: "cut" });
    const id = await ask({ body: { stream: true } });

    expect((await explain(id)).stdout).toContain("Its body was cut off by the target, after ");
  });

  it("with a wrong token has no client and no calls", async () => {
    const id = await ask({ client: "nobody" });

    const { stdout } = await explain(id);

    expect(stdout).toContain("UTC: somebody without a valid token asked for messages.");
    expect(stdout).toContain("The caller got the status 401 after");
  });

  it("that met an open circuit says which, and which upload took it", async () => {
    const stack = await up({ config: { routing: "direct", breaker: { failures: 1 } } });
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529, times: 1 });
    await ask({}, stack);
    const id = await ask({}, stack);
    const { versionId } = stack.script;
    stack.script.versionId = "newer";

    const { stdout } = await explain(id, [], stack);

    await stack.down();
    expect(stdout).toContain("anthropic was moved to the end of the chain, because its circuit was open.");
    expect(stdout).toContain(
      "Open in its isolate afterwards: anthropic for claude-sonnet-4-6, for the client app alone; anthropic for claude-sonnet-4-6.",
    );
    expect(stdout).toContain(`Version ${versionId} of the Worker took it, which no longer serves: newer does.`);
  });
});

describe("where one log lacks the request", () => {
  it("the gateway's log alone says where it went", async () => {
    sandbox.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    await ask();
    const id = ownId();
    accountOf(sandbox).workerLog = [];

    const { status, stdout } = await explain(id);

    expect(status).toBe(0);
    expect(stdout).toContain("The Worker's log does not have the request");
    expect(stdout).toMatch(/UTC: the client app asked for claude-sonnet-4-6\./);
    expect(stdout).toMatch(/The gateway called anthropic at [\d:.]+: status 529 after \d+ ms\./);
    expect(stdout).toMatch(/The gateway called vertex\/us-east5 at [\d:.]+: status 200 after \d+ ms\./);
  });

  it("the Worker's log alone explains it, with the reason that the other one cannot be read", async () => {
    sandbox.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const id = await ask();
    const account = accountOf(sandbox);
    const [token = ""] = account.deployTokens;
    account.deployTokenLimits.set(token, { lacks: ["AI Gateway Read", "AI Gateway Write"] });

    const { status, stdout } = await explain(id);

    account.deployTokenLimits.clear();
    expect(status).toBe(0);
    expect(stdout).toContain("hides its status from the Worker, and the gateway's log could not be read.");
    expect(stdout).toContain("The gateway's log could not be read: 403 10000 Authentication error.");
  });
});

describe("a request that no log has", () => {
  it("is a problem, with where was looked, since when, and what may be the reason", async () => {
    const { status, stdout } = await explain("req_unknown", ["--since", "90s"]);

    expect(status).toBe(1);
    expect(stdout).toMatch(/^No log has req_unknown\. Looked since \d{4}-\d\d-\d\dT[\d:.]+Z:\n/);
    expect(stdout).toContain("the log of the Worker claude-failover-local\n");
    expect(stdout).toContain("the log of the gateway claude-failover-local\n");
    expect(stdout).toMatch(/--since 7d looks further back\n.*3 days.*\n.*samples.*\n.*\n.*another stack/);
  });

  it("is older than what is looked at", async () => {
    const id = await ask();
    for (const event of accountOf(sandbox).workerLog) event.timestampMs -= 3_600_000;

    const recent = await explain(id, ["--since", "10m"]);
    const older = await explain(id, ["--since", "2h"]);

    expect(recent.status).toBe(1);
    expect(older.status).toBe(0);
  });
});

describe("one line", () => {
  it.each([
    ["for a message's id", "msg_01abc", [], 2, /msg_01abc is the id of a message: take the header request-id/],
    ["for what is no id", "a b", [], 2, /a request id has letters, digits/],
    ["for a duration without a unit", "req_1", ["--since", "24"], 2, /a duration is written like 90s/],
    ["for an unknown flag", "req_1", ["--thoroughly"], 2, /unknown option '--thoroughly'/],
  ])("%s", async (_what, id, argv, expected, line) => {
    const { status, stderr } = await explain(id, argv);

    expect(status).toBe(expected);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("for a missing id", async () => {
    const { status, stderr } = await runOperator(["explain", "--local", sandbox.cloud.url]);

    expect(status).toBe(2);
    expect(stderr).toBe("claude-failover: missing required argument 'request-id'\n");
  });

  it("for a cloud that cannot be reached", async () => {
    const { status, stderr } = await runOperator(["explain", "req_1", "--local", "http://127.0.0.1:9"]);

    expect(status).toBe(3);
    expect(stderr).toBe("claude-failover: nothing answers at http://127.0.0.1:9: npm start\n");
  });

  it("for an expired token", async () => {
    const account = accountOf(sandbox);
    const [token = ""] = account.deployTokens;
    account.deployTokenLimits.set(token, { status: "expired" });

    const { status, stderr } = await explain("req_1");

    account.deployTokenLimits.clear();
    expect(status).toBe(3);
    expect(stderr).toBe("claude-failover: the Worker's log cannot be read: 403 10000 Authentication error\n");
  });

  it("for Ctrl-C", async () => {
    const { status, stderr } = await explain("req_1", [], sandbox, { signal: AbortSignal.abort() });

    expect(status).toBe(130);
    expect(stderr).toBe("claude-failover: interrupted\n");
  });
});
