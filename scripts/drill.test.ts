/** Drills against a stack of the local cloud: what they prove, and what they refuse to prove. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ACCOUNT_ID, Sandbox, type StackOptions } from "../local/sandbox/index.ts";
import type { Gateway } from "../local/state/index.ts";
import { NEVER_OPEN, ONE_LOCATION } from "../test/support/sandbox.ts";
import { type RunOptions, runOperator } from "./testing/operator.ts";
import { startProxy } from "./testing/proxy.ts";

const MODEL = "claude-sonnet-4-6";
const CLIENTS = ["app", { name: "oncall", operator: true }];

const LINE = z.object({
  method: z.string(),
  status: z.number(),
  target: z.string().optional(),
  stream: z.string().optional(),
});
const SIDE = z.object({ requests: z.number(), served: z.number(), servedBy: z.record(z.string(), z.number()) });
const FIGURES = z.object({
  figures: z.object({ baseline: SIDE, drilled: SIDE }),
  log: z.object({ costUsd: z.number(), byTarget: z.record(z.string(), z.object({ failed: z.number() })) }),
});

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
  gatewayOf(sandbox).logs = [];
});
afterEach(() => {
  sandbox.cloud.onExchange = undefined;
  sandbox.cloud.context.faults.clear();
});
afterAll(() => sandbox.down());

const accountOf = ({ cloud }: Sandbox) => {
  const account = cloud.context.state.accounts.get(ACCOUNT_ID);
  if (!account) throw new Error("no account");
  return account;
};
function gatewayOf(stack: Sandbox): Gateway {
  const [gateway] = accountOf(stack).gateways.values();
  if (!gateway) throw new Error("no gateway");
  return gateway;
}
function linesOf(stack: Sandbox) {
  return accountOf(stack).workerLog.flatMap(({ source }) => {
    const line = LINE.safeParse(source).data;
    return line?.method === "messages" ? [line] : [];
  });
}
const drill = (argv: readonly string[] = [], options: RunOptions = {}, stack = sandbox) =>
  runOperator(["drill", "--local", stack.cloud.url, "--yes", ...argv], options);

describe("one drill", () => {
  it("is proven by the target's refusal in the gateway's log", async () => {
    const { status, report } = await drill(["--json"]);

    expect(status).toBe(0);
    expect(report).toMatchObject({
      command: "drill",
      outcome: "proven",
      plan: { model: MODEL, target: "anthropic", drilled: ["anthropic"], others: ["vertex/us-east5"] },
      estimate: { calls: 2 },
      proof: { refused: 1, answered: 0, unproven: 0 },
      figures: {
        baseline: { requests: 1, served: 1, servedBy: { anthropic: 1 } },
        drilled: { requests: 1, served: 1, servedBy: { "vertex/us-east5": 1 }, failures: {} },
        added: { p50Ms: expect.any(Number), p99Ms: expect.any(Number) },
      },
      log: { calls: 3, requests: 2 },
      versions: [sandbox.script.versionId],
    });
  });

  it("reads as a table with what the drill adds", async () => {
    const { stdout } = await drill();

    expect(stdout).toContain("To fail: anthropic. Then to answer: vertex/us-east5.");
    expect(stdout).toMatch(/2 calls with at most 92 tokens: estimated \$/);
    expect(stdout).toMatch(/answered by +anthropic 1 +vertex\/us-east5 1/);
    expect(stdout).toMatch(/first event, p50 +\d+ ms +\d+ ms +[+−]\d+ ms/);
    expect(stdout).toContain("1 of 1 drilled requests: anthropic refused the call, by the gateway's log.");
    expect(stdout).toContain(
      `Proven: anthropic refused ${MODEL}, and the others served 100 % of the drilled requests.`,
    );
  });

  it("of a location makes those in front of it fail too", async () => {
    const stack = await up({ config: { vertexLocations: ["us-east5", "us"] } });

    const { status, report } = await drill(["--target", "vertex/us-east5", "--model", MODEL, "--json"], {}, stack);

    await stack.down();
    expect(status).toBe(0);
    expect(report).toMatchObject({
      outcome: "proven",
      proof: { refused: 1 },
      log: { byTarget: { "vertex/us-east5": { failed: 1 }, "vertex/us": { succeeded: 1 } } },
    });
  });

  it.each(["direct", "bypass"])("is proven with routing %s too", async (routing) => {
    const stack = await up({ config: { routing } });

    const { status, report } = await drill(["--no-stream", "--json"], {}, stack);

    await stack.down();
    expect(status).toBe(0);
    expect(report).toMatchObject({
      outcome: "proven",
      proof: { refused: 1 },
      log: { calls: routing === "direct" ? 3 : 0 },
    });
  });
});

describe("a drill at a rate, under changing faults", () => {
  const [duration, seconds] = process.env.DRILL_FOR_A_MINUTE ? ["1m", 60] : ["5s", 5];
  const CHANGES: readonly ((stack: Sandbox) => void)[] = [
    ({ cloud }) => cloud.context.faults.set("vertex", { mode: "status", status: 529, retryAfterS: 1 }),
    ({ cloud }) => cloud.context.faults.set("vertex", { mode: "reset" }),
    ({ cloud }) => cloud.context.faults.set("vertex", { mode: "truncated" }),
    ({ cloud }) => cloud.context.faults.set("anthropic", { mode: "status", status: 529 }),
    ({ cloud }) => cloud.context.faults.set("gateway", { mode: "status", status: 502 }),
    ({ cloud }) => cloud.context.faults.set("anthropic", { mode: "slow", intervalMs: 5 }),
  ];
  /** In how many equal parts of the drill there is no fault, and then one of the faults. */
  const PARTS = 12;

  it(
    "has the figures that the local cloud has counted",
    async () => {
      const [requests, account] = [seconds * 20, accountOf(sandbox)];
      account.workerLog = [];
      let asked = 0;
      sandbox.cloud.onExchange = ({ path }) => {
        if (!path.startsWith(`/v1/${ACCOUNT_ID}`)) return;
        const part = Math.floor((asked++ / requests) * PARTS);
        sandbox.cloud.context.faults.clear();
        if (part % 2 === 1) CHANGES[Math.floor(part / 2) % CHANGES.length]?.(sandbox);
      };

      const { report } = await drill(["--for", duration, "--rate", "20", "--json"]);

      // The log lines of streams that were cut come with their ends.
      await expect.poll(() => linesOf(sandbox).length).toBe(requests);
      const { logs } = gatewayOf(sandbox);
      const lines = linesOf(sandbox);
      const served = lines.filter(({ status, stream }) => status === 200 && stream === "complete");
      const refused = logs.filter(({ provider, status }) => provider === "anthropic" && status === 401);
      const callsOf = (provider: string) => {
        const calls = logs.filter((log) => log.provider === provider);
        return {
          succeeded: calls.filter(({ success }) => success).length,
          failed: calls.filter(({ success }) => !success).length,
        };
      };
      const by = (target: string) => served.filter((line) => line.target === target).length;
      if (process.env.DRILL_FOR_A_MINUTE) console.log(JSON.stringify(report, null, 1));
      expect(report).toMatchObject({
        requests: { sent: requests, leftOut: 0, abandoned: 0 },
        rate: { wanted: 20 },
        proof: { refused: new Set(refused.map(({ metadata }) => metadata.request)).size },
        log: {
          calls: logs.length,
          requests: new Set(logs.map(({ metadata }) => metadata.request)).size,
          byTarget: { anthropic: callsOf("anthropic"), "vertex/us-east5": callsOf("google-vertex-ai") },
        },
      });
      const { figures, log } = FIGURES.parse(report);
      const both = [figures.baseline, figures.drilled];
      const total = (number: (side: (typeof both)[number]) => number) =>
        both.reduce((sum, side) => sum + number(side), 0);
      expect(total((side) => side.requests)).toBe(requests);
      expect(total((side) => side.served)).toBe(served.length);
      expect(total(({ servedBy }) => servedBy.anthropic ?? 0)).toBe(by("anthropic"));
      expect(total(({ servedBy }) => servedBy["vertex/us-east5"] ?? 0)).toBe(by("vertex/us-east5"));
      expect(log.costUsd).toBeCloseTo(
        logs.reduce((sum, { cost }) => sum + cost, 0),
        9,
      );
      // The faults have been felt.
      expect(figures.drilled.served).toBeLessThan(figures.drilled.requests);
      expect(log.byTarget.anthropic?.failed).toBeGreaterThan(refused.length);
    },
    seconds * 1_000 + 30_000,
  );
});

describe("a drill whose fault cannot happen", () => {
  it("is refused before the first call if there is no second target, and what it says gives it one", async () => {
    const stack = await up();
    const argv = ["--model", "claude-opus-5-5", "--json"];

    const { status, stderr } = await drill(argv, {}, stack);
    const calls = gatewayOf(stack).logs.length;
    const [, value = ""] = /pulumi config set vertexLocations '(.*)' && pulumi up/.exec(stderr) ?? [];
    stack.stack.set("vertexLocations", JSON.parse(value));
    await stack.update();
    const repaired = await drill(argv, {}, stack);

    await stack.down();
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^claude-failover: a drill of anthropic would show no failover: nobody behind it serves claude-opus-5-5 \(anthropic\): /,
    );
    expect(calls).toBe(0);
    expect(repaired).toMatchObject({ status: 0, report: { outcome: "proven" } });
  });

  it("fails at its first answer if a proxy in front removes the header", async () => {
    const proxy = await startProxy(sandbox.runtime.url, ({ headers }) => delete headers["x-failover-drill"]);

    const { status, stdout } = await drill(["--url", proxy.url, "--for", "10m", "--rate", "50"]);

    proxy.close();
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /Not proven: 1 of 1 drilled requests were answered by anthropic, .* something in front of it removes the header/,
    );
  });

  it("fails if the Worker does not ask Vertex for the model", async () => {
    sandbox.stack.set("vertexLocations", ["us"]);

    const { status, stdout } = await drill(["--model", "claude-opus-5-5"]);

    sandbox.stack.set("vertexLocations", ONE_LOCATION.vertexLocations);
    expect(status).toBe(1);
    expect(stdout).toMatch(/Not proven: 1 of 1 .* x-failover-skipped is model_not_in_locations/);
  });

  it("fails if the target's circuit is open, so that it is not asked", async () => {
    const stack = await up({ config: { routing: "direct", breaker: { failures: 1 } } });
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529, times: 1 });
    await drill(["--model", MODEL], {}, stack);
    gatewayOf(stack).logs = [];

    const { status, report } = await drill(["--model", MODEL, "--json"], {}, stack);

    await stack.down();
    expect(status).toBe(1);
    expect(report).toMatchObject({
      outcome: "not proven",
      proof: { "not asked": 1, refused: 0, why: expect.stringContaining("its circuit is open") },
    });
  });

  it("fails if the target fails by itself", async () => {
    sandbox.cloud.context.faults.set("anthropic", { mode: "reset" });

    const { status, stdout } = await drill();

    expect(status).toBe(1);
    expect(stdout).toContain("Not proven: anthropic failed by itself, so its refusal could not be rehearsed.");
  });

  it("fails if the gateway's log does not show the refusal in time", async () => {
    gatewayOf(sandbox).collectLogs = false;

    const { status, stdout } = await drill(["--log-wait", "1s"]);

    gatewayOf(sandbox).collectLogs = true;
    expect(status).toBe(1);
    expect(stdout).toMatch(/Not proven: 1 of 1 drilled requests have no call to anthropic in the gateway's log: /);
  });

  it("fails if nothing answers at the Worker's address", async () => {
    const { status, stdout } = await drill(["--url", "http://127.0.0.1:9"]);

    expect(status).toBe(1);
    expect(stdout).toContain("Not proven: the Worker gave no answer: the Worker cannot be reached");
  });
});

it("a drill that happens but is not served is a failed failover", async () => {
  sandbox.cloud.context.faults.set("vertex", { mode: "status", status: 529 });

  const { status, stdout } = await drill();

  expect(status).toBe(1);
  expect(stdout).toMatch(/not served +– +529 1/);
  expect(stdout).toContain(
    "The failover failed: anthropic refused, and only 0.0 % of the drilled requests were served",
  );
});

describe("Ctrl-C in the middle", () => {
  it("ends with the report so far, and leaves the terminal as it was", async () => {
    const interrupted = new AbortController();
    let asked = 0;
    sandbox.cloud.onExchange = ({ path }) => {
      if (path.startsWith(`/v1/${ACCOUNT_ID}`) && ++asked === 21) interrupted.abort();
    };

    const { status, stdout, raw } = await drill(["--for", "10m", "--rate", "50"], {
      signal: interrupted.signal,
      columns: 80,
    });

    const [, undrilled, drilled] = /requests +(\d+) +(\d+)/.exec(stdout) ?? [];
    expect(status).toBe(130);
    expect(Number(undrilled) + Number(drilled)).toBeGreaterThan(0);
    expect(Number(undrilled) + Number(drilled)).toBeLessThanOrEqual(20);
    expect(stdout).toMatch(/Interrupted\. This is the report so far/);
    // The progress was removed, and no mode of the terminal was changed.
    expect(raw.slice(raw.lastIndexOf("…"))).toContain("\r\u001b[K");
    expect(raw).not.toContain("\u001b[?");
  });

  it("has the proof as far as the log was read", async () => {
    const interrupted = new AbortController();
    sandbox.cloud.onExchange = ({ path }) => {
      if (path.includes("/logs") && gatewayOf(sandbox).logs.length > 20) setTimeout(() => interrupted.abort(), 500);
    };

    const { status, report } = await drill(["--for", "10m", "--rate", "20", "--json"], { signal: interrupted.signal });

    expect(status).toBe(130);
    expect(report).toMatchObject({ outcome: "interrupted", proof: { refused: expect.any(Number) } });
    expect(JSON.stringify(report)).not.toContain('"refused":0');
  });
});

describe("the report as Markdown", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "drill-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is written to a file", async () => {
    const file = join(folder, "drill.md");

    await drill(["--markdown", file]);

    const markdown = await readFile(file, "utf8");
    expect(markdown).toMatch(/^# Failover drill of \d{4}-\d\d-\d\d \d\d:\d\d UTC\n\n\*\*Proven: /);
    expect(markdown).toContain("| served | 1 (100 %) | 1 (100 %) |  |");
    expect(markdown).toContain("- 1 of 1 drilled requests: anthropic refused the call, by the gateway's log.");
  });

  it("is refused before any call if its folder does not exist", async () => {
    const { status, stderr } = await drill(["--markdown", join(folder, "none", "drill.md")]);

    expect(status).toBe(2);
    expect(stderr).toMatch(/its folder does not exist or cannot be written\n$/);
    expect(gatewayOf(sandbox).logs).toEqual([]);
  });
});

describe("before any call", () => {
  it("asks, and a no makes none", async () => {
    const argv = ["drill", "--local", sandbox.cloud.url];

    const { status, stdout } = await runOperator(argv, { columns: 80, typed: "n" });

    expect(status).toBe(130);
    expect(stdout).toContain("Nothing was called.");
    expect(gatewayOf(sandbox).logs).toEqual([]);
  });

  it.each<[string, string[], number, RegExp]>([
    ["an unknown flag", ["--often"], 2, /unknown option '--often'/],
    ["a duration without a unit", ["--for", "10"], 2, /--for.* a duration is written like 90s/],
    ["a rate that is none", ["--for", "1m", "--rate", "fast"], 2, /--rate.* a rate is a number of requests a second/],
    ["a rate without a duration", ["--rate", "20"], 2, /--rate says how often, but not for how long: add --for 1m/],
    ["an unknown target", ["--target", "vertex/eu"], 1, /vertex\/eu is not asked for this model: .*--target anthropic/],
  ])("%s is one line", async (_what, argv, expected, line) => {
    const { status, stderr } = await drill(argv);

    expect(status).toBe(expected);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("a rate above the client's limit is one line with the rate that is allowed", async () => {
    sandbox.stack.set("clients", ["app", { name: "oncall", operator: true, requestsPerMinute: 90 }]);

    const { status, stderr } = await drill(["--for", "1m", "--rate", "2"]);

    sandbox.stack.set("clients", CLIENTS);
    expect(status).toBe(2);
    expect(stderr).toBe("claude-failover: the client oncall may send 90 requests a minute: --rate 1.5\n");
  });

  it("a cloud that cannot be reached is one line", async () => {
    const { status, stderr } = await runOperator(["drill", "--local", "http://127.0.0.1:9", "--yes"]);

    expect(status).toBe(3);
    expect(stderr).toBe("claude-failover: nothing answers at http://127.0.0.1:9: npm start\n");
  });

  it("an expired token is one line", async () => {
    const account = accountOf(sandbox);
    const [token = ""] = account.deployTokens;
    account.deployTokenLimits.set(token, { status: "expired" });

    const { status, stderr } = await drill();

    account.deployTokenLimits.clear();
    expect(status).toBe(3);
    expect(stderr).toBe("claude-failover: the gateway's log cannot be read: 403 10000 Authentication error\n");
  });
});

it("a narrow terminal without colours gets the same figures", async () => {
  const { status, stdout } = await drill([], { columns: 50, environment: { NO_COLOR: "1" } });

  expect(status).toBe(0);
  expect(stdout).toMatch(/served +1 \(100/);
});
