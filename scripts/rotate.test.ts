/** A rotation refuses no request, and goes on after an interrupt at any step. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT_ID, Sandbox } from "../local/sandbox/index.ts";
import { post, QUESTION } from "../test/support/sandbox.ts";
import { type Ran, runOperator } from "./testing/operator.ts";

let sandbox: Sandbox;
afterEach(() => sandbox.down());

async function start(config: Readonly<Record<string, unknown>> = {}): Promise<void> {
  sandbox = await Sandbox.up({ config, isUpdatable: true });
}

function rotate(secret: string, { signal, typed }: { signal?: AbortSignal; typed?: string } = {}): Promise<Ran> {
  const argv = ["rotate", secret, "--local", sandbox.cloud.url, "--yes", "--quiet-for", "1s"];
  return runOperator(argv, { ...(signal ? { signal } : {}), ...(typed === undefined ? {} : { typed }) });
}

/** @returns the status, or the error of a connection that failed */
async function ask(token: string): Promise<number | string> {
  try {
    const response = await post(sandbox, JSON.stringify(QUESTION), { "x-api-key": token, connection: "close" });
    await response.text();
    return response.status;
  } catch (error) {
    return String(error);
  }
}

const tokenOf = (client = "default") => sandbox.outputs.clientTokens[client] ?? "";

/** Clients that call all the time, with the newest token that was handed out. */
function traffic() {
  const statuses: unknown[] = [];
  let isOver = false;
  const calling = (async () => {
    while (!isOver) statuses.push(await ask(tokenOf()));
  })();
  return async () => {
    isOver = true;
    await calling;
    return new Set(statuses);
  };
}

/** Ctrl-C at the nth request that changes the stack, before it is handled. */
function interruptAt(nth: number): AbortController {
  const interrupt = new AbortController();
  let changes = 0;
  sandbox.cloud.onExchange = ({ method, path }) => {
    if (method !== "GET" && path.startsWith("/stack") && ++changes === nth) interrupt.abort();
  };
  return interrupt;
}

const epochsOf = (suffix: string) =>
  sandbox.stack.resources.flatMap(({ name }) => new RegExp(`${suffix}-(\\d+)$`).exec(name)?.[1] ?? []);

describe.each([
  ["client:default", "-clients-default"],
  ["gatewayToken", "-gateway-run"],
  ["google", "-vertex-key"],
])("a rotation of %s", (secret, resource) => {
  beforeEach(() => start());

  it("ends with the new secret alone, and refuses no request", { timeout: 60_000 }, async () => {
    const stop = traffic();

    const { status, stdout, stderr } = await rotate(secret);

    expect([status, stderr]).toEqual([0, ""]);
    expect(await stop()).toEqual(new Set([200]));
    expect(epochsOf(resource)).toEqual(["2"]);
    expect(stdout).toContain("Done: only");
    expect(await ask(tokenOf())).toBe(200);
  });

  it("goes on after an interrupt at each step, and refuses no request", { timeout: 120_000 }, async () => {
    const stop = traffic();
    const statuses: number[] = [];

    for (let step = 1; step <= 4; step++) {
      // Each run continues where the last one ended, so its first change is the next step.
      const { status } = await rotate(secret, interruptAt(1));
      statuses.push(status);
    }
    sandbox.cloud.onExchange = undefined;
    const { status } = await runOperator([
      "rotate",
      secret,
      "--local",
      sandbox.cloud.url,
      "--yes",
      "--quiet-for",
      "1s",
    ]);

    expect(statuses).toEqual([130, 130, 130, 130]);
    // The interrupts had let all four changes happen.
    expect(status).toBe(1);
    expect(await stop()).toEqual(new Set([200]));
    expect(epochsOf(resource)).toEqual(["2"]);
  });
});

describe("a rotation of a client's token", () => {
  it("is refused while the client still uses the old one, names the client, and then goes on", {
    timeout: 60_000,
  }, async () => {
    await start({ clients: ["default", "ci"] });
    const old = tokenOf("ci");
    let isOver = false;
    const calling = (async () => {
      while (!isOver) await ask(old);
    })();

    const refused = await rotate("client:ci");
    isOver = true;
    await calling;

    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /^claude-failover: the old secret is still used: \d+ requests of ci within 1 s: give the client ci/,
    );
    expect(await ask(old)).toBe(200);
    await expect.poll(() => rotate("client:ci").then(({ status }) => status), { timeout: 20_000 }).toBe(0);
    expect(await ask(old)).toBe(401);
    expect(await ask(tokenOf("ci"))).toBe(200);
    expect(await ask(tokenOf("default"))).toBe(200);
  });

  it("keeps all other settings of the client", { timeout: 60_000 }, async () => {
    await start({ clients: ["default", { name: "ci", batches: true, requestsPerMinute: 100 }] });

    await rotate("client:ci");

    expect(sandbox.stack.configured.clients).toEqual([
      "default",
      { name: "ci", batches: true, requestsPerMinute: 100, epoch: 2, revokePrevious: true },
    ]);
  });

  it("is not started again within the hour, unless it is asked for", { timeout: 60_000 }, async () => {
    await start();
    await rotate("client:default");

    const again = await rotate("client:default");
    const forced = await runOperator([
      "rotate",
      "client:default",
      "--local",
      sandbox.cloud.url,
      "--yes",
      "--quiet-for",
      "1s",
      "--again",
    ]);

    expect([again.status, forced.status]).toEqual([1, 0]);
    expect(again.stderr).toContain("--again");
    expect(epochsOf("-clients-default")).toEqual(["3"]);
  });
});

describe("a rotation of Anthropic's key", () => {
  const NEW_KEY = "sk-ant-local-the-new-one";

  it("uses the new key in the end, and refuses no request", { timeout: 60_000 }, async () => {
    await start();
    const { anthropicApiKeys } = sandbox.cloud.context.state;
    anthropicApiKeys.add(NEW_KEY);
    const stop = traffic();

    // As it is pasted from a file with Windows line ends.
    const { status, stdout, stderr } = await rotate("anthropicApiKey", { typed: `${NEW_KEY}\r\n` });

    expect([status, stderr]).toEqual([0, ""]);
    expect(await stop()).toEqual(new Set([200]));
    expect(sandbox.stack.configured).toMatchObject({ anthropicApiKey: NEW_KEY });
    expect(sandbox.stack.configured).not.toHaveProperty("anthropicApiKeyPrevious");
    expect(stdout).not.toContain(NEW_KEY);
    anthropicApiKeys.delete(sandbox.anthropicApiKey);
    expect(await ask(tokenOf())).toBe(200);
  });

  it("is refused if Anthropic does not accept the new key, and nothing of it is printed", async () => {
    await start();

    const { status, stdout, stderr } = await rotate("anthropicApiKey", { typed: NEW_KEY });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^claude-failover: Anthropic does not accept the new key: 401/);
    expect(stdout + stderr).not.toContain(NEW_KEY);
    expect(sandbox.stack.configured.anthropicApiKey).toBe(sandbox.anthropicApiKey);
  });
});

describe("a rotation of Bedrock's key", () => {
  const NEW_KEY = `ABSK${"n".repeat(20)}`;
  const BEDROCK = { bedrock: { region: "us-east-1" }, chain: ["bedrock", "anthropic", "vertex"] };
  const QUESTION_TO_BEDROCK = { ...QUESTION, model: "claude-opus-5-5" };

  it("uses the new key in the end, and Bedrock answers every request meanwhile", { timeout: 60_000 }, async () => {
    await start(BEDROCK);
    const { bedrockApiKeys } = sandbox.cloud.context.state;
    const [old = ""] = bedrockApiKeys.keys();
    bedrockApiKeys.set(NEW_KEY, { mayInfer: true });
    const targets: (string | null)[] = [];
    let isOver = false;
    const calling = (async () => {
      while (!isOver) {
        const headers = { "x-api-key": tokenOf(), connection: "close" };
        const response = await post(sandbox, JSON.stringify(QUESTION_TO_BEDROCK), headers);
        await response.text();
        targets.push(response.headers.get("x-failover-target"));
      }
    })();

    const { status, stdout, stderr } = await rotate("bedrockApiKey", { typed: NEW_KEY });
    isOver = true;
    await calling;

    expect([status, stderr]).toEqual([0, ""]);
    expect(new Set(targets)).toEqual(new Set(["bedrock/us-east-1"]));
    expect(sandbox.stack.configured).toMatchObject({ bedrockApiKey: NEW_KEY });
    expect(sandbox.stack.configured).not.toHaveProperty("bedrockApiKeyPrevious");
    expect(stdout).not.toContain(NEW_KEY);
    bedrockApiKeys.delete(old);
    expect((await post(sandbox, JSON.stringify(QUESTION_TO_BEDROCK))).headers.get("x-failover-attempts")).toBe(
      "bedrock/us-east-1=200",
    );
  });

  it("is refused if Bedrock does not accept the new key, and nothing of it is printed", async () => {
    await start(BEDROCK);
    const before = sandbox.stack.configured.bedrockApiKey;

    const { status, stdout, stderr } = await rotate("bedrockApiKey", { typed: NEW_KEY });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^claude-failover: Bedrock does not accept the new key: 401/);
    expect(stdout + stderr).not.toContain(NEW_KEY);
    expect(sandbox.stack.configured.bedrockApiKey).toBe(before);
  });

  it("is refused if the stack has no such key", async () => {
    await start();

    const { status, stderr } = await rotate("bedrockApiKey");

    expect([status, stderr]).toEqual([2, expect.stringContaining("the stack has no bedrockApiKey")]);
  });
});

describe("rotate", () => {
  beforeEach(() => start({ clients: ["default", "ci"] }));

  it.each([
    ["a secret that does not exist", ["nothing", "--yes"], 2, /there is no secret nothing: client:NAME, gatewayToken/],
    ["a client that does not exist", ["client:cj", "--yes"], 2, /there is no client cj: client:default or client:ci/],
    ["no secret at all", [], 2, /missing required argument 'secret'/],
    ["no terminal to answer on", ["google"], 2, /There is no terminal to answer on: add --yes/],
  ])("answers %s with one line, and changes nothing", async (_what, more, expected, line) => {
    const before = sandbox.stack.configured;

    const { status, stderr } = await runOperator(["rotate", ...more, "--local", sandbox.cloud.url]);

    expect(status).toBe(expected);
    expect(stderr).toMatch(line);
    expect(sandbox.stack.configured).toEqual(before);
  });

  it("says where it stopped if the deployer's token has expired, and revokes nothing", {
    timeout: 60_000,
  }, async () => {
    const account = sandbox.cloud.context.state.accounts.get(ACCOUNT_ID);
    sandbox.cloud.onExchange = ({ path }) => {
      if (path === "/stack/up") return;
      if (path.includes("deployments")) {
        for (const token of account?.deployTokens ?? []) account?.deployTokenLimits.set(token, { status: "expired" });
      }
    };

    const { status, stderr } = await rotate("google");

    expect(status).toBe(3);
    expect(stderr).toMatch(/^claude-failover: the Worker's version cannot be read: 403 10000/);
    expect(epochsOf("-vertex-key")).toEqual(["1", "2"]);
  });
});
