/** The status of a stack of the local cloud: the same figures as its logs have. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ACCOUNT_ID, Sandbox } from "../local/sandbox/index.ts";
import type { CloudflareAccount, Gateway } from "../local/state/index.ts";
import { recordWorkerLine } from "../local/state/worker-log.ts";
import { NEVER_OPEN, post, QUESTION } from "../test/support/sandbox.ts";
import { type RunOptions, runOperator } from "./testing/operator.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  const clients = ["app", { name: "oncall", operator: true }];
  sandbox = await Sandbox.up({ isUpdatable: true, config: { clients, breaker: NEVER_OPEN } });
});
beforeEach(() => {
  account().workerLog = [];
  gateway().logs = [];
});
afterEach(() => {
  sandbox.cloud.onExchange = undefined;
  sandbox.cloud.context.faults.clear();
});
afterAll(() => sandbox.down());

function account(): CloudflareAccount {
  const found = sandbox.cloud.context.state.accounts.get(ACCOUNT_ID);
  if (!found) throw new Error("no account");
  return found;
}
function gateway(): Gateway {
  const [found] = account().gateways.values();
  if (!found) throw new Error("no gateway");
  return found;
}

async function ask(body: object = {}, { client = "app", drill = "" } = {}): Promise<void> {
  const before = account().workerLog.length;
  const headers = { "x-api-key": sandbox.outputs.clientTokens[client] ?? "", "x-failover-drill": drill };
  const response = await post(sandbox, JSON.stringify({ ...QUESTION, ...body }), headers);
  await response.text().catch(() => undefined);
  await expect.poll(() => account().workerLog.length).toBeGreaterThan(before);
}

/** Writes a line as the Worker does. */
function write(line: object, agoMs = 1_000): void {
  const text = JSON.stringify({ event: "request", request_id: "req_failover_1", method: "messages", ...line });
  recordWorkerLine(account(), sandbox.script.name, text, Date.now() - agoMs);
}

const status = (argv: readonly string[] = [], options: RunOptions = {}) =>
  runOperator(["status", "--local", sandbox.cloud.url, ...argv], options);

describe("the status", () => {
  it("has who answered whom, what failed, and what it has cost", async () => {
    await ask();
    await ask({ stream: true }, { client: "oncall", drill: "anthropic" });
    sandbox.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    await ask({ model: "claude-opus-4-6" });
    await ask({}, { client: "nobody" });
    sandbox.cloud.context.faults.set("anthropic", { mode: "cut" });
    await ask({ stream: true });

    const { status: exit, report } = await status(["--json"]);

    expect(exit).toBe(0);
    expect(report).toMatchObject({
      command: "status",
      outcome: "read",
      all: { requests: 5, p50Ms: expect.any(Number) },
      byTarget: [
        { name: "anthropic", requests: 2, p50Ms: expect.any(Number), p99Ms: expect.any(Number) },
        { name: "vertex/us-east5", requests: 2 },
      ],
      byClient: [
        { name: "app", requests: 3 },
        { name: "oncall", requests: 1 },
      ],
      byModel: [
        { name: "claude-sonnet-4-6", requests: 3 },
        { name: "claude-opus-4-6", requests: 1 },
      ],
      errors: [{ status: 401, requests: 1 }],
      streams: { requests: 2, p99Ms: expect.any(Number), ended: { cut: 1 } },
      failovers: { total: 2, drilled: 1 },
      circuits: { lines: 5, open: {} },
      spend: {
        kind: "known",
        calls: 4,
        usd: gateway().logs.reduce((sum, { cost }) => sum + cost, 0),
        isEstimate: false,
      },
      sampledOneIn: 1,
    });
  });

  it("reads as one table and one sentence a fact", async () => {
    await ask();
    await ask({}, { client: "oncall", drill: "anthropic" });
    write({ status: 529, open_circuits: ["anthropic claude-sonnet-4-6"], client: "app", ms: 5 });

    const { status: exit, stdout } = await status();

    expect(exit).toBe(0);
    expect(stdout).toMatch(/^npm start, \d\d:\d\d:\d\d to \d\d:\d\d:\d\d UTC: 3 requests\.\n/);
    expect(stdout).toMatch(/\ntarget +(anthropic|vertex\/us-east5) +1 +33\.3 +\d+ +\d+\n/);
    expect(stdout).toMatch(/\n +nobody +1 +33\.3 +–/);
    expect(stdout).toMatch(/\nclient +app +2 +66\.7 /);
    expect(stdout).toMatch(/Failovers: 1, 1 of them drilled\. ·+█·* \(60 s each\)/);
    expect(stdout).toContain("Errors: 529 overloaded 1.");
    expect(stdout).toContain("Streams: none.");
    expect(stdout).toMatch(
      /Open circuits, by the newest 3 lines, since [\d:]+: anthropic for claude-sonnet-4-6 in 1\. Each isolate has its own circuits,/,
    );
    expect(stdout).toMatch(/Spend: \$0\.\d+ for 2 calls, by the gateway's log\./);
  });

  it("says which limit of the account is reached", async () => {
    const attempts = [
      { target: "anthropic", result: "429:enforced_spend_limit_reached", ms: 5 },
      { target: "vertex/us-east5", result: "200", ms: 9 },
    ];
    write({ status: 200, target: "vertex/us-east5", attempts });
    write({ status: 200, target: "anthropic", attempts: [{ target: "anthropic", result: "200" }] });

    const { stdout } = await status();
    const { report } = await status(["--json"]);

    expect(stdout).toContain(
      "Limit: anthropic answered 429: the organization has reached the monthly spend cap of its tier " +
        "(enforced_spend_limit_reached), in 1 of the newest 2 lines.",
    );
    expect(report).toMatchObject({ limits: { "anthropic 429:enforced_spend_limit_reached": 1 } });
  });

  it("counts all lines, however many there are", async () => {
    for (let index = 0; index < 9_000; index++) {
      write({ target: index % 3 === 0 ? "vertex/us-east5" : "anthropic", client: "app", ms: index }, index * 300);
    }

    const { report } = await status(["--json"]);

    expect(report).toMatchObject({
      all: { requests: 9_000 },
      byTarget: [
        { name: "anthropic", requests: 6_000 },
        { name: "vertex/us-east5", requests: 3_000 },
      ],
      failovers: { total: 3_000 },
    });
    const parts = z.object({ failovers: z.object({ parts: z.array(z.number()) }) }).parse(report).failovers.parts;
    expect(parts.length).toBe(60);
    expect(parts.reduce((sum, number) => sum + number, 0)).toBe(3_000);
    // Three quarters of the hour have failovers.
    expect(parts.slice(0, 14)).toEqual(new Array(14).fill(0));
  });

  it("looks back as far as it is told", async () => {
    write({ target: "anthropic" }, 1_000);
    write({ target: "anthropic" }, 30 * 60_000);

    const recent = await status(["--since", "10m", "--json"]);
    const hour = await status(["--json"]);

    expect(recent.report).toMatchObject({ all: { requests: 1 } });
    expect(hour.report).toMatchObject({ all: { requests: 2 } });
  });

  it("of nothing says so", async () => {
    const { status: exit, stdout } = await status();

    expect(exit).toBe(0);
    expect(stdout).toContain("UTC: 0 requests.");
    expect(stdout).toContain("Failovers: 0.");
    expect(stdout).toContain("Errors: none.");
    expect(stdout).toContain("Open circuits: not known, because there is no line.");
    expect(stdout).toContain("Spend: $0 for 0 calls, by the gateway's log.");
  });
});

describe("the spend", () => {
  it("of a long log is an estimate, from pages of all its parts", async () => {
    await ask();
    const [entry] = gateway().logs;
    if (!entry) throw new Error("no entry");
    const nowMs = Date.now();
    // The first half costs nothing, the second half a cent each.
    gateway().logs = Array.from({ length: 4_000 }, (_, index) => ({
      ...entry,
      id: `log-${index}`,
      createdAt: new Date(nowMs - (4_000 - index) * 100).toISOString(),
      cost: index < 2_000 ? 0 : 0.01,
    }));

    const { stdout } = await status();

    expect(stdout).toContain("Spend: about $20.00 for 4,000 calls, estimated from 2,000 in the gateway's log.");
  });

  it("is not known if the gateway's log cannot be read, and everything else is", async () => {
    await ask();
    const [token = ""] = account().deployTokens;
    account().deployTokenLimits.set(token, { lacks: ["AI Gateway Read", "AI Gateway Write"] });

    const { status: exit, stdout } = await status();

    account().deployTokenLimits.clear();
    expect(exit).toBe(0);
    expect(stdout).toContain("1 request.");
    expect(stdout).toContain(
      "Spend: not known, because the gateway's log cannot be read: 403 10000 Authentication error.",
    );
  });
});

describe("--follow", () => {
  /** Ends it after so many rounds: each round asks for the newest lines once. */
  function abortAfter(rounds: number, onRound: (round: number) => void = () => undefined): AbortSignal {
    const interrupted = new AbortController();
    let round = 0;
    sandbox.cloud.onExchange = ({ path, body }) => {
      if (!path.endsWith("/telemetry/query") || !body.includes('"events"')) return;
      round++;
      onRound(round);
      if (round > rounds) interrupted.abort();
    };
    return interrupted.signal;
  }

  it("prints one line each time through a pipe, until Ctrl-C", async () => {
    write({ target: "vertex/us-east5", ms: 12, status: 200 });
    const signal = abortAfter(2, () => write({ target: "anthropic", ms: 12, status: 529 }));

    const { status: exit, stdout } = await status(["--follow", "--every", "1s"], { signal });

    expect(exit).toBe(130);
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ requests=\d failovers=1 errors=\d p50=12ms p99=12ms open=0 usd=0\.0000$/,
      ),
      expect.stringMatching(/Z requests=\d failovers=1 errors=\d /),
    ]);
  });

  it("repaints a terminal, and leaves it in its usual mode", async () => {
    const { status: exit, raw } = await status(["--follow", "--every", "1s"], { signal: abortAfter(2), columns: 60 });

    expect(exit).toBe(130);
    expect(raw.split("\u001b[H\u001b[2J").length).toBe(3);
    // A mode of the terminal is changed by a sequence that begins like this.
    expect(raw).not.toContain("\u001b[?");
    expect(raw).toMatch(/\n$/);
  });

  it("gives one report each time with --json", async () => {
    const { report, raw } = await status(["--follow", "--every", "1s", "--json"], { signal: abortAfter(1) });

    expect(raw.split("\n").length).toBe(3);
    expect(report).toMatchObject({ outcome: "interrupted", all: { requests: 0 } });
  });

  it("goes on after a refusal, and says that it does", async () => {
    const [token = ""] = account().deployTokens;
    const signal = abortAfter(3, (round) => {
      if (round !== 2) return;
      account().deployTokenLimits.set(token, { status: "expired" });
      // Before the next round, which comes a second later.
      setTimeout(() => account().deployTokenLimits.clear(), 500);
    });

    const { status: exit, stdout } = await status(["--follow", "--every", "1s"], { signal });

    expect(exit).toBe(130);
    expect(stdout).toContain("the Worker's log cannot be read: 403 10000 Authentication error; asking again\n");
  });
});

describe("one line", () => {
  it.each([
    ["for an unknown flag", ["--thoroughly"], /unknown option '--thoroughly'/],
    ["for a duration without a unit", ["--since", "60"], /--since.* a duration is written like 90s/],
    ["for an interval that is too short", ["--follow", "--every", "0.1s"], /--every is at least 1s/],
  ])("%s", async (_what, argv, line) => {
    const { status: exit, stderr } = await status(argv);

    expect(exit).toBe(2);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("for a cloud that cannot be reached", async () => {
    const { status: exit, stderr } = await runOperator(["status", "--local", "http://127.0.0.1:9"]);

    expect(exit).toBe(3);
    expect(stderr).toBe("claude-failover: nothing answers at http://127.0.0.1:9: npm start\n");
  });

  it("for an expired token", async () => {
    const [token = ""] = account().deployTokens;
    account().deployTokenLimits.set(token, { status: "expired" });

    const { status: exit, stderr } = await status(["--follow"]);

    account().deployTokenLimits.clear();
    expect(exit).toBe(3);
    expect(stderr).toBe("claude-failover: the Worker's log cannot be read: 403 10000 Authentication error\n");
  });
});

it("a narrow terminal without colours gets the same figures", async () => {
  await ask();

  const { status: exit, raw } = await status([], { columns: 50, environment: { NO_COLOR: "1" } });

  expect(exit).toBe(0);
  expect(raw).toMatch(/target +anthropic +1 +100\.0 +\d+ +\d+\n/);
});
