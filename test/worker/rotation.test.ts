/**
 * During a rotation the Worker has two values of a secret. When a target refuses the new value, the
 * Worker uses the previous one, in every routing.
 */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ACCOUNT_ID, GOOGLE_PROJECT, Sandbox } from "../../local/sandbox/index.ts";
import type { CloudState } from "../../local/state/index.ts";
import { NEVER_OPEN, post, QUESTION } from "../support/sandbox.ts";

const KEY_BEFORE = "sk-ant-local-the-one-before";
const ROUTINGS = ["universal", "direct", "bypass"] as const;
const ROTATED = {
  rotation: { google: { epoch: 2 }, gatewayToken: { epoch: 2 } },
  clients: [{ name: "default", epoch: 2 }],
};

async function withStack<T>(config: Record<string, unknown>, use: (stack: Sandbox) => Promise<T>): Promise<T> {
  const stack = await Sandbox.up({ config });
  try {
    return await use(stack);
  } finally {
    await stack.down();
  }
}

async function ask(stack: Sandbox, headers: Record<string, string> = {}): Promise<string> {
  const response = await post(stack, JSON.stringify(QUESTION), headers);
  await response.text();
  return `${response.status} ${response.headers.get("x-failover-target")}`;
}

function account(state: CloudState) {
  const found = state.accounts.get(ACCOUNT_ID);
  if (!found) throw new Error("no account");
  return found;
}

describe.each(ROUTINGS)("with %s routing", (routing) => {
  it("loses no answer when Anthropic refuses the new key, and soon uses the previous key", async () => {
    const clients = [{ name: "default", operator: true }];
    await withStack({ routing, clients, anthropicApiKeyPrevious: KEY_BEFORE }, async (stack) => {
      // After the drill there is a Google token, so the gateway walks the whole chain and hides
      // Anthropic's 401.
      expect(await ask(stack, { "x-failover-drill": "anthropic" })).toBe("200 vertex/us-east5");
      const { anthropicApiKeys } = stack.cloud.context.state;
      anthropicApiKeys.clear();
      anthropicApiKeys.add(KEY_BEFORE);
      const first = await ask(stack);
      expect(first).toBe(routing === "universal" ? "200 vertex/us-east5" : "200 anthropic");
      // In `universal` the Worker learns of the refused key from a separate call, so this takes
      // some requests.
      await expect.poll(() => ask(stack), { timeout: 10_000 }).toBe("200 anthropic");
    });
  });

  it("uses the previous Google key while Google does not know the new one", async () => {
    await withStack({ routing, ...ROTATED }, async (stack) => {
      const { state, faults } = stack.cloud.context;
      for (const { keys } of state.projects.get(GOOGLE_PROJECT)?.serviceAccounts.values() ?? []) {
        const newest = JSON.parse(Buffer.from(binding(stack, "GOOGLE_CREDENTIAL"), "base64").toString()).private_key_id;
        expect(keys.delete(newest)).toBe(true);
      }
      faults.set("anthropic", { mode: "status", status: 529 });
      expect(await ask(stack)).toBe("200 vertex/us-east5");
    });
  });
});

describe.each(["universal", "direct"] as const)("with %s routing", (routing) => {
  it("uses the previous run token while the gateway refuses the new one", async () => {
    await withStack({ routing, ...ROTATED }, async (stack) => {
      const { tokens } = account(stack.cloud.context.state);
      const newest = [...tokens.values()].find(({ value }) => value === binding(stack, "GATEWAY_TOKEN"));
      expect(tokens.delete(newest?.id ?? "")).toBe(true);
      expect(await ask(stack)).toBe("200 anthropic");
      expect(await ask(stack)).toBe("200 anthropic");
    });
  });
});

describe("the log line", () => {
  async function lineOf(config: Record<string, unknown>, arrange: (stack: Sandbox) => void, token?: "previous") {
    return withStack({ ...config, breaker: NEVER_OPEN }, async (stack) => {
      arrange(stack);
      const before = stack.stack.resources.find(({ name }) => name.endsWith("clients-default-1"));
      const headers = token ? { "x-api-key": String(before?.outputs.result) } : {};
      const lines = () =>
        account(stack.cloud.context.state).workerLog.map(({ source }) => source as { previous?: object });
      await expect
        .poll(async () => {
          await ask(stack, headers);
          return lines().some(({ previous }) => previous !== undefined);
        })
        .toBe(true);
      return lines().find(({ previous }) => previous !== undefined)?.previous;
    });
  }
  const nothing = () => undefined;

  it("says that a client used its previous token", async () => {
    expect(await lineOf(ROTATED, nothing, "previous")).toEqual({ client_token: true });
  });

  it("says that Anthropic got the previous key", async () => {
    const previous = await lineOf({ routing: "direct", anthropicApiKeyPrevious: KEY_BEFORE }, ({ cloud }) => {
      const { anthropicApiKeys } = cloud.context.state;
      anthropicApiKeys.clear();
      anthropicApiKeys.add(KEY_BEFORE);
    });
    expect(previous).toEqual({ anthropic_key: true });
  });

  it("says that the gateway got the previous run token", async () => {
    const previous = await lineOf(ROTATED, (stack) => {
      const { tokens } = account(stack.cloud.context.state);
      const newest = [...tokens.values()].find(({ value }) => value === binding(stack, "GATEWAY_TOKEN"));
      tokens.delete(newest?.id ?? "");
    });
    expect(previous).toEqual({ gateway_token: true });
  });

  it("says that Google got the previous key", async () => {
    const previous = await lineOf(ROTATED, (stack) => {
      const { state, faults } = stack.cloud.context;
      for (const { keys } of state.projects.get(GOOGLE_PROJECT)?.serviceAccounts.values() ?? []) {
        const { private_key_id: newest } = JSON.parse(
          Buffer.from(binding(stack, "GOOGLE_CREDENTIAL"), "base64").toString(),
        );
        keys.delete(newest);
      }
      faults.set("anthropic", { mode: "status", status: 529 });
    });
    expect(previous).toEqual({ google_credential: true });
  });

  it("says nothing of previous secrets if the current ones are used", async () => {
    await withStack(ROTATED, async (stack) => {
      await ask(stack);
      const { workerLog } = account(stack.cloud.context.state);
      await expect.poll(() => workerLog.length).toBeGreaterThan(0);
      expect(workerLog.every(({ source }) => !("previous" in (source as object)))).toBe(true);
    });
  });
});

it("accepts a client's previous token unless it was revoked", async () => {
  const digestsOf = (stack: Sandbox) => binding(stack, "CLIENTS_1").split(" ").slice(1);
  await withStack(ROTATED, async (stack) => {
    const [newest, previous, ...more] = digestsOf(stack);
    expect(more).toEqual([]);
    expect(newest).toBe(sha256(stack.outputs.clientTokens.default ?? ""));
    const tokenBefore = stack.registrations.find(({ name }) => name.endsWith("clients-default-1"));
    expect(tokenBefore).toBeDefined();
    expect(previous).not.toBe(newest);
  });
  await withStack({ clients: [{ name: "default", epoch: 2, revokePrevious: true }] }, async (stack) => {
    expect(digestsOf(stack)).toEqual([sha256(stack.outputs.clientTokens.default ?? "")]);
  });
});

function binding(stack: Sandbox, name: string): string {
  const script = stack.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
  return script?.inputs.bindings.find((candidate: { name: string }) => candidate.name === name)?.text ?? "";
}

function sha256(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
