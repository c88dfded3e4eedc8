/** A smoke test against a stack of the local cloud: what it finds right, and each thing it finds wrong. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT_ID, Sandbox } from "../local/sandbox/index.ts";
import { NEVER_OPEN, ONE_LOCATION } from "../test/support/sandbox.ts";
import { type RunOptions, runOperator } from "./testing/operator.ts";
import { type Change, startProxy } from "./testing/proxy.ts";

const MODEL = "claude-sonnet-4-6";

let sandbox: Sandbox;
beforeAll(async () => {
  const clients = ["app", { name: "oncall", operator: true }];
  sandbox = await Sandbox.up({ isUpdatable: true, config: { ...ONE_LOCATION, clients, breaker: NEVER_OPEN } });
});
afterEach(() => sandbox.cloud.context.faults.clear());
afterAll(() => sandbox.down());

const smoke = (argv: readonly string[] = [], options: RunOptions = {}) =>
  runOperator(["smoke", "--local", sandbox.cloud.url, ...argv], options);
const smokeModel = (...argv: readonly string[]) => smoke(["--model", MODEL, "--yes", "--json", ...argv]);

it("asks the newest model that fails over and the newest of all, and makes each target serve alone", async () => {
  const { status, stdout } = await smoke(["--yes"]);

  expect(status).toBe(0);
  expect(stdout).toContain(`${MODEL}, claude-haiku-5-5`);
  expect(stdout).toMatch(/6 calls with at most 276 tokens: estimated \$0\.\d+\./);
  expect(stdout).toMatch(/✓ +claude-sonnet-4-6 +only vertex\/us-east5 +vertex\/us-east5 +\d+ ms/);
  expect(stdout).toMatch(/✓ +claude-sonnet-4-6 +only anthropic +anthropic/);
  expect(stdout).toContain("Only Anthropic serves claude-haiku-5-5 here: it has no drill.");
  expect(stdout).toMatch(/All 6 calls were answered as they should be\. \d+ tokens, estimated \$/);
});

it("reports each call with who answered, how fast, and which version", async () => {
  const { status, report } = await smokeModel();

  expect(status).toBe(0);
  expect(report).toMatchObject({
    command: "smoke",
    outcome: "passed",
    planned: 4,
    estimate: { calls: 4, tokens: 184, usd: expect.any(Number) },
    calls: [
      { kind: "json", status: 200, target: "anthropic" },
      { kind: "stream", status: 200, target: "anthropic" },
      { kind: "drill", drilled: ["vertex/us-east5"], expected: "anthropic", target: "anthropic" },
      {
        kind: "drill",
        drilled: ["anthropic"],
        expected: "vertex/us-east5",
        target: "vertex/us-east5",
        firstMs: expect.any(Number),
        totalMs: expect.any(Number),
        version: sandbox.script.versionId,
        requestId: expect.stringMatching(/^req_vrtx_/),
      },
    ],
    versions: { answered: [sandbox.script.versionId] },
    problems: [],
    spent: { inputTokens: expect.any(Number), outputTokens: expect.any(Number), usd: expect.any(Number) },
  });
});

describe("a target that cannot serve", () => {
  it("is found although the other one answers clients", async () => {
    sandbox.cloud.context.faults.set("vertex", { mode: "status", status: 529 });

    const { status, report } = await smokeModel();

    expect(status).toBe(1);
    expect(report).toMatchObject({
      outcome: "failed",
      problems: [
        expect.stringMatching(
          /^claude-sonnet-4-6, only vertex\/us-east5: vertex\/us-east5 could not serve: status 529, Overloaded \(.*vertex\/us-east5=529/,
        ),
      ],
    });
  });

  it("is found where it is Anthropic", async () => {
    sandbox.cloud.context.faults.set("anthropic", { mode: "status", status: 500 });

    const { status, report } = await smokeModel();

    expect(status).toBe(1);
    expect(report).toMatchObject({ problems: [expect.stringContaining("only anthropic: anthropic could not serve")] });
  });

  it("is found where its stream breaks off", async () => {
    sandbox.cloud.context.faults.set("vertex", { mode: "truncated" });

    const { status, report } = await smokeModel();

    expect(status).toBe(1);
    expect(report).toMatchObject({ problems: [expect.stringContaining("could not serve: status 200")] });
  });
});

it("an unreachable Worker is a problem of every call", async () => {
  const { status, report } = await smokeModel("--url", "http://127.0.0.1:9");

  expect(status).toBe(1);
  expect(report).toMatchObject({
    calls: [{ problem: expect.stringContaining("the Worker cannot be reached") }, {}, {}, {}],
  });
});

describe("behind a proxy", () => {
  const throughProxy = async (change: Change) => {
    const proxy = await startProxy(sandbox.runtime.url, change);
    const ran = await smokeModel("--url", `${proxy.url}/`);
    proxy.close();
    return ran;
  };

  it("the missing effect of the drill's header is named", async () => {
    const { status, report } = await throughProxy(({ headers }) => delete headers["x-failover-drill"]);

    expect(status).toBe(1);
    expect(report).toMatchObject({
      problems: [expect.stringContaining("a proxy in front removes x-failover-drill")],
    });
  });

  it("answers of another version are named, and that the versions differ", async () => {
    let answers = 0;

    const { status, report } = await throughProxy(({ headers }, which) => {
      if (which === "answer" && ++answers > 2) headers["x-failover-version"] = "old-version";
    });

    expect(status).toBe(1);
    expect(report).toMatchObject({
      problems: [
        `version old-version answered, but the newest upload is ${sandbox.script.versionId}`,
        `the versions differ between answers: ${sandbox.script.versionId}, old-version`,
      ],
    });
  });

  it("an answer that the Worker did not make is named", async () => {
    const { status, report } = await throughProxy(({ headers }) => delete headers["x-failover-version"]);

    expect(status).toBe(1);
    expect(report).toMatchObject({
      calls: [{ problem: expect.stringContaining("comes from something in front of the Worker") }, {}, {}, {}],
    });
  });
});

describe("before any call", () => {
  it("asks, and a no makes none", async () => {
    const { status, stdout } = await smoke(["--model", MODEL], { columns: 80, typed: "n" });

    expect(status).toBe(130);
    expect(stdout).toContain("4 calls with at most 184 tokens: estimated $");
    expect(stdout).toContain("Nothing was called.");
  });

  it("says how to answer the question where there is no terminal", async () => {
    const { status, stderr } = await smoke(["--model", MODEL]);

    expect(status).toBe(2);
    expect(stderr).toBe("claude-failover: Make these calls? There is no terminal to answer on: add --yes\n");
  });

  it("says that no client is an operator, and what it says makes one", async () => {
    // A stack of its own: connections that are open already would stay with the old Worker.
    const stack = await Sandbox.up({ isUpdatable: true, config: { ...ONE_LOCATION, clients: ["app"] } });
    const smokeStack = () => runOperator(["smoke", "--local", stack.cloud.url, "--model", MODEL, "--yes"]);

    const { status, stderr } = await smokeStack();
    const [, value = ""] = /pulumi config set clients '(.*)' && pulumi up/.exec(stderr) ?? [];
    stack.stack.set("clients", JSON.parse(value));
    const notYet = await smokeStack();
    await stack.update();
    const repaired = await smokeStack();

    await stack.down();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^claude-failover: no client is an operator, so the Worker ignores a drill: pulumi/);
    expect(notYet).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/oncall is configured, but not deployed/),
    });
    expect(repaired.status).toBe(0);
  });

  it("says that the deployed Worker does not know the operator", async () => {
    sandbox.stack.set("clients", [{ name: "app", operator: true }, "oncall"]);

    const { status, stderr } = await smoke(["--yes"]);

    sandbox.stack.set("clients", ["app", { name: "oncall", operator: true }]);
    expect(status).toBe(1);
    expect(stderr).toBe(
      "claude-failover: the deployed Worker does not know the client app as an operator: pulumi up\n",
    );
  });

  it.each([
    ["an unknown flag", ["--fast"], 2, /^claude-failover: unknown option '--fast'/],
    ["a URL that is none", ["--url", "w.example"], 2, /^claude-failover: --url w\.example is not a URL/],
  ])("%s is one line", async (_what, argv, expected, line) => {
    const { status, stderr } = await smoke(argv);

    expect(status).toBe(expected);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("a cloud that cannot be reached is one line", async () => {
    const { status, stderr } = await runOperator(["smoke", "--local", "http://127.0.0.1:9", "--yes"]);

    expect(status).toBe(3);
    expect(stderr).toBe("claude-failover: nothing answers at http://127.0.0.1:9: npm start\n");
  });

  it("an expired token is one line", async () => {
    const account = sandbox.cloud.context.state.accounts.get(ACCOUNT_ID);
    const [token = ""] = account?.deployTokens ?? [];
    account?.deployTokenLimits.set(token, { status: "expired" });

    const { status, stderr } = await smoke(["--yes"]);

    account?.deployTokenLimits.clear();
    expect(status).toBe(3);
    expect(stderr).toBe("claude-failover: the deployed version cannot be read: 403 10000 Authentication error\n");
  });
});

describe("on a terminal", () => {
  it("a narrow one gets the same table, wrapped", async () => {
    const { status, stdout } = await smoke(["--model", MODEL, "--yes"], {
      columns: 60,
      environment: { NO_COLOR: "1" },
    });

    expect(status).toBe(0);
    expect(stdout).toContain("vertex/us-east5");
  });

  it("Ctrl-C ends it with the calls so far", async () => {
    const interrupted = new AbortController();
    let calls = 0;
    sandbox.cloud.onExchange = ({ path }) => {
      if (path.startsWith(`/v1/${ACCOUNT_ID}`) && ++calls === 2) interrupted.abort();
    };

    const { status, report } = await runOperator(
      ["smoke", "--local", sandbox.cloud.url, "--model", MODEL, "--yes", "--json"],
      { signal: interrupted.signal },
    );

    sandbox.cloud.onExchange = undefined;
    expect(status).toBe(130);
    expect(report).toMatchObject({ outcome: "interrupted", planned: 4, calls: [{ kind: "json", status: 200 }] });
  });
});
