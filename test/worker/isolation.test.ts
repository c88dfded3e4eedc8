/**
 * One client cannot harm another. A victim shares its isolate with a hostile client, and still gets
 * the same bytes as in a run without that client. Random ids are replaced before the comparison.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fault, Faults } from "../../local/faults/faults.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { QUESTION } from "../support/sandbox.ts";
import { HOSTILE_MARK, Hostile, TRICKS } from "./hostile-tricks.ts";

const CLIENTS = ["victim", "hostile"];
/** Long enough for a busy machine, because the answer of a victim that times out proves nothing. */
const TIMEOUTS = { bodyMs: 20_000, firstByteMs: 10_000, firstEventMs: 10_000, jsonMs: 10_000, chainMs: 30_000 };
const OVERLOADED: Fault = { mode: "status", status: 529 };

/** The victim's requests. Each one uses another shared part of the isolate. */
const REQUESTS: Readonly<Record<string, { path?: string; body: object; headers?: Record<string, string> }>> = {
  "a small request": { body: QUESTION },
  "a stream": { body: { ...QUESTION, stream: true } },
  "a request of 1 MB, which needs memory": { body: { ...QUESTION, system: "s".repeat(1_000_000) } },
  "a request of 5 MB, which needs memory": { body: { ...QUESTION, system: "s".repeat(5_000_000) } },
  "members and betas that the Vertex step leaves out": {
    body: { ...QUESTION, temperature: 0.5, metadata: { user_id: "v" }, service_tier: "auto" },
    headers: { "anthropic-beta": "context-1m-2025-08-07,claude-code-20250219" },
  },
  "a count of tokens": {
    path: "/v1/messages/count_tokens",
    body: { model: QUESTION.model, messages: QUESTION.messages },
  },
};

/**
 * The local cloud has one set of faults for all requests. Here hostile requests get their own
 * faults, and all other requests get the victim's.
 */
function separateFaults({ cloud }: Sandbox, hostile: Hostile, victims: Faults): void {
  const current = new AsyncLocalStorage<Faults>();
  Object.defineProperty(cloud.context, "faults", { get: () => current.getStore() ?? victims });
  cloud.onExchange = ({ body }) => {
    if (!body.includes(HOSTILE_MARK)) return current.enterWith(victims);
    const own = new Faults();
    for (const [target, fault] of Object.entries(hostile.faults)) own.set(target, fault);
    current.enterWith(own);
  };
}

async function answers({ runtime, outputs }: Sandbox): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const [name, { path = "/v1/messages", body, headers }] of Object.entries(REQUESTS)) {
    const response = await fetch(`${runtime.url}${path}`, {
      method: "POST",
      headers: { "x-api-key": outputs.clientTokens.victim ?? "", "anthropic-version": "2023-06-01", ...headers },
      body: JSON.stringify(body),
    });
    const head = [...response.headers].filter(([header]) => header !== "date").map((pair) => pair.join(": "));
    seen[name] = withoutIds([response.status, ...head, await response.text()].join("\n"));
  }
  return seen;
}

function withoutIds(text: string): string {
  return text
    .replaceAll(/\b(msg_vrtx_|msg_|req_vrtx_|req_failover_|req_)[A-Za-z0-9]+/g, "$1…")
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "uuid");
}

describe.each(["universal", "direct", "bypass"])("in %s routing", (routing) => {
  let stack: Sandbox;
  let hostile: Hostile;
  const victims = new Faults();
  /** The victim's answers in an isolate without the hostile client. */
  const alone: { healthy?: Record<string, string>; failing?: Record<string, string> } = {};

  const up = () => Sandbox.up({ config: { routing, clients: CLIENTS, timeouts: TIMEOUTS } });
  /** There are too few requests to open the victim's own circuit. */
  const whileFailing = async (target: Sandbox) => {
    victims.set("anthropic", OVERLOADED);
    const seen = await answers(target).finally(() => victims.clear());
    await answers(target);
    return seen;
  };

  beforeAll(async () => {
    const other = await up();
    separateFaults(other, new Hostile(other, ""), victims);
    await answers(other);
    alone.healthy = await answers(other);
    await other.down();
    stack = await up();
    hostile = new Hostile(stack, stack.outputs.clientTokens.hostile ?? "");
    separateFaults(stack, hostile, victims);
    // These requests make the isolate fetch a Google token, which the first isolate had too.
    await answers(stack);
  });
  afterAll(async () => {
    hostile.leave();
    await stack.down();
  });

  it.each(Object.keys(TRICKS))("gives the victim the same answers beside a client that %s", async (trick) => {
    hostile.faults = {};
    await TRICKS[trick]?.(hostile);
    expect(await answers(stack)).toEqual(alone.healthy);
  });

  it("lets the victim fail over as usual after all of these", async () => {
    const other = await up();
    separateFaults(other, new Hostile(other, ""), victims);
    await answers(other);
    alone.failing = await whileFailing(other);
    await other.down();

    expect(await whileFailing(stack)).toEqual(alone.failing);
  });
});
