/**
 * Conversations stay on the target that has their prompt cache. In the first test, three isolates of
 * one Worker serve conversations of ten turns, while Anthropic and Vertex have outages that never
 * overlap. So each request can be served. CONVERSATIONS=1000 runs the size that docs/behavior.md
 * reports.
 */
import { describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { WorkerRuntime } from "../../local/sandbox/worker-runtime.ts";
import { clientToken, NEVER_OPEN, post, useSandbox } from "../support/sandbox.ts";
import { seededRandom } from "../support/seeded-random.ts";

const MODEL = "claude-sonnet-5-5";
const SEED = Number(process.env.SEED ?? 20_261_126);
const CONVERSATIONS = Number(process.env.CONVERSATIONS ?? 100);
const TURNS = 10;
const ISOLATES = 3;
/** In each wave, every conversation that has begun and not ended has one turn. */
const WAVES = 40;
const CONCURRENCY = 16;
/** How often a turn asks for a tool. */
const TOOL_SHARE = 0.7;
const TWO_LOCATIONS = { vertexLocations: ["us-east5", "us"] };
const OVERLOADED = { mode: "status", status: 529 } as const;

type Content = string | readonly object[];

interface Conversation {
  messages: { role: "user" | "assistant"; content: Content }[];
  /** Who served each turn. */
  served: string[];
}

interface Stack {
  sandbox: Sandbox;
  isolates: readonly WorkerRuntime[];
}

async function start(stickiness: object): Promise<Stack> {
  const config = { stickiness, breaker: NEVER_OPEN, clients: ["alice", "bob"] };
  const sandbox = await Sandbox.up({ config });
  const more = Array.from({ length: ISOLATES - 1 }, () =>
    WorkerRuntime.start({ script: sandbox.script, cloudPort: sandbox.cloud.context.port, port: 0 }),
  );
  return { sandbox, isolates: [sandbox.runtime, ...(await Promise.all(more))] };
}

async function stop({ sandbox, isolates }: Stack): Promise<void> {
  await Promise.all(isolates.slice(1).map((isolate) => isolate.stop()));
  await sandbox.down();
}

/** Sends one turn. @returns the answer and its headers */
async function ask(
  url: string,
  token: string,
  messages: Conversation["messages"],
  headers: Record<string, string> = {},
) {
  const tools = [{ name: "look", description: "Looks", input_schema: { type: "object", properties: {} } }];
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": token, "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify({ model: MODEL, max_tokens: 8, tools, messages }),
  });
  const answer = (await response.json()) as { content?: readonly { type: string; id?: string }[] };
  return { status: response.status, content: answer.content ?? [], headers: response.headers };
}

/** @returns the messages of the user's next turn after an answer */
function nextTurn(content: readonly { type: string; id?: string }[], text: string): Conversation["messages"] {
  const results = content.flatMap(({ type, id }) =>
    type === "tool_use" ? [{ type: "tool_result", tool_use_id: id, content: "1" }] : [],
  );
  return [
    { role: "assistant", content },
    { role: "user", content: results.length > 0 ? results : text },
  ];
}

/** Runs all conversations. The seed decides outages, tools and isolates, so each mode sees the same. */
async function run({ sandbox, isolates }: Stack): Promise<{ switches: number; lost: number }> {
  const random = seededRandom(SEED);
  const token = clientToken(sandbox);
  const { faults } = sandbox.cloud.context;
  const conversations = Array.from({ length: CONVERSATIONS }, (_, i): Conversation & { fromWave: number } => ({
    messages: [{ role: "user", content: `Conversation ${i}. Please use the tool.` }],
    served: [],
    fromWave: Math.floor(random() * (WAVES - TURNS)),
  }));
  let down: "anthropic" | "vertex" | undefined;
  let lost = 0;
  for (let wave = 0; wave < WAVES; wave++) {
    // An outage begins in one wave of four and lasts for two waves on average.
    if (down) down = random() < 0.5 ? undefined : down;
    else if (random() < 0.25) down = random() < 0.7 ? "anthropic" : "vertex";
    faults.clear();
    if (down) faults.set(down, OVERLOADED);
    const active = conversations
      .filter(({ fromWave, served }) => fromWave <= wave && served.length < TURNS)
      .map((conversation) => ({ conversation, isolate: pick(isolates, random), wantsTool: random() < TOOL_SHARE }));
    await eachOf(active, async ({ conversation, isolate, wantsTool }) => {
      const { status, content, headers } = await ask(isolate.url, token, conversation.messages);
      if (status !== 200) lost++;
      conversation.served.push(headers.get("x-failover-target") ?? "nobody");
      conversation.messages.push(...nextTurn(content, wantsTool ? "Please use the tool." : "Go on."));
    });
  }
  const switches = conversations.reduce(
    (sum, { served }) => sum + served.filter((by, i) => i > 0 && by !== served[i - 1]).length,
    0,
  );
  return { switches, lost };
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T; // `random` is below 1
}

/** Runs the work of all items, at most `CONCURRENCY` at a time. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

it(`switches the target less often, the more it knows (seed ${SEED})`, async () => {
  const results: Record<string, { switches: number; lost: number }> = {};
  for (const mode of ["off", "stateless", "full"]) {
    const stack = await start({ mode });
    results[mode] = await run(stack);
    await stop(stack);
  }
  const { off, stateless, full } = results;
  console.log(
    `${CONVERSATIONS} conversations of ${TURNS} turns, switches a conversation: ` +
      Object.entries(results)
        .map(([mode, { switches, lost }]) => `${mode} ${(switches / CONVERSATIONS).toFixed(2)} (${lost} lost)`)
        .join(", "),
  );

  expect(Object.values(results).map(({ lost }) => lost)).toEqual([0, 0, 0]);
  expect(stateless?.switches).toBeLessThan((off?.switches ?? 0) * 0.8);
  expect(full?.switches).toBeLessThan(stateless?.switches ?? 0);
}, 600_000);

describe("one conversation", () => {
  const lines: string[] = [];
  const config = { breaker: { failures: 3 }, clients: [{ name: "alice", operator: true }, "bob"], ...TWO_LOCATIONS };
  const stack = useSandbox({ config, onLine: (line) => lines.push(line) });
  const earlier = (id: string) => [
    { role: "user", content: `Question about ${id}` },
    { role: "assistant", content: [{ type: "tool_use", id, name: "look", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "1" }] },
  ];
  const send = async (messages: object[], headers: Record<string, string> = {}, model = MODEL) => {
    const response = await post(stack(), JSON.stringify({ model, max_tokens: 8, messages }), headers);
    await response.text();
    const about = (name: string) => response.headers.get(`x-failover-${name}`);
    return { attempts: about("attempts"), sticky: about("sticky") };
  };

  it("says in a header and in the log that its tool id has decided", async () => {
    expect(await send(earlier("toolu_vrtx_01A"))).toEqual({ attempts: "vertex/us=200", sticky: "tool_id" });
    await expect.poll(() => lines.some((line) => line.includes('"sticky":"tool_id"'))).toBe(true);
  });

  it("says nothing if the order did not change", async () => {
    expect(await send(earlier("toolu_01A"))).toEqual({ attempts: "anthropic=200", sticky: null });
  });

  it("goes in the order of the chain with `x-failover-sticky: off`", async () => {
    const headers = { "x-failover-sticky": "off" };
    expect(await send(earlier("toolu_vrtx_01B"), headers)).toEqual({ attempts: "anthropic=200", sticky: null });
  });

  it("moves to the next target of the chain if its own one fails", async () => {
    stack().cloud.context.faults.set("vertex", OVERLOADED);
    const { attempts, sticky } = await send(earlier("toolu_vrtx_01C"));
    expect(attempts).toMatch(/anthropic=200$/);
    expect(sticky).toBe("tool_id");
  });

  it("does not change a drill", async () => {
    const { attempts, sticky } = await send(earlier("toolu_vrtx_01E"), { "x-failover-drill": "anthropic" });
    expect(sticky).toBeNull();
    expect(attempts).toMatch(/^anthropic=(\?|401);vertex\/us=200$/);
  });

  it("is moved by memory after a failover, for this conversation alone", async () => {
    const conversation = [{ role: "user", content: "Opening of one conversation" }];
    const next = [...conversation, { role: "assistant", content: "Hi" }, { role: "user", content: "Go on" }];
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    await send(conversation);
    stack().cloud.context.faults.clear();
    const [, bob = ""] = Object.values(stack().outputs.clientTokens);

    expect(await send(next)).toEqual({ attempts: "vertex/us=200", sticky: "memory" });
    expect((await send(next, { "x-api-key": bob })).sticky).toBeNull();
    expect((await send(next, { "x-failover-session": "another" })).sticky).toBeNull();
    expect((await send([{ role: "user", content: "Another" }, ...next.slice(1)])).sticky).toBeNull();
  });
});

describe("a stack whose locations do not serve the model", () => {
  const stack = useSandbox({ config: { vertexLocations: ["us-east5"] } });

  it("asks Anthropic alone, whatever the tool id says", async () => {
    const content = [{ type: "tool_use", id: "toolu_vrtx_01A", name: "look", input: {} }];
    const messages = [
      { role: "user", content: "Hello" },
      { role: "assistant", content },
      { role: "user", content: "x" },
    ];
    const response = await post(stack(), JSON.stringify({ model: MODEL, max_tokens: 8, messages }));
    await response.text();
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=200");
    expect(response.headers.get("x-failover-sticky")).toBeNull();
  });
});

describe("a caller that forges tool ids", () => {
  const stack = useSandbox({ config: { clients: ["mallory", "victim"], breaker: NEVER_OPEN, ...TWO_LOCATIONS } });

  it("changes the order of its own requests alone, among the targets that they have anyway", async () => {
    const [mallory = "", victim = ""] = Object.values(stack().outputs.clientTokens);
    const attemptsOf = async (token: string, id: string) => {
      const content = [{ type: "tool_use", id, name: "look", input: {} }];
      const messages = [
        { role: "user", content: "Hello" },
        { role: "assistant", content },
        { role: "user", content: "x" },
      ];
      const body = JSON.stringify({ model: MODEL, max_tokens: 8, messages });
      const response = await post(stack(), body, { "x-api-key": token, "x-failover-session": "shared" });
      await response.text();
      return response.headers.get("x-failover-attempts");
    };
    const alone = await attemptsOf(victim, "toolu_01A");

    const forged = [];
    for (const id of [
      "toolu_vrtx_01A",
      "srvtoolu_vrtx_1",
      "toolu_vrtx_../../x",
      "toolu_bdrk_01",
      "toolu_vrtx_01\n",
      "toolu_01",
    ]) {
      for (let i = 0; i < 20; i++) forged.push(await attemptsOf(mallory, id));
    }

    expect(new Set(forged)).toEqual(new Set(["vertex/us=200", "anthropic=200"]));
    expect(await attemptsOf(victim, "toolu_01A")).toBe(alone);
    expect(alone).toBe("anthropic=200");
  });
});

describe("the session that Vertex gets", () => {
  const SESSION = "69420655-04d6-4eb4-87e6-9f62741fb8cd";
  const VALUE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

  /** @returns the headers of each call of Vertex, and everything that Anthropic's and Google's hosts got */
  async function vertexCalls(stack: Sandbox, headers: Record<string, string>, more: object = {}) {
    const calls: { session: string | undefined; all: string }[] = [];
    stack.cloud.onExchange = ({ host, headers: received }) => {
      if (!host.includes("aiplatform")) return;
      calls.push({ session: received["x-vertex-ai-session-id"], all: JSON.stringify(received) });
    };
    stack.cloud.context.faults.set("anthropic", OVERLOADED);
    const body = JSON.stringify({
      model: MODEL,
      max_tokens: 8,
      messages: [{ role: "user", content: "Hello" }],
      ...more,
    });
    await (await post(stack, body, headers)).text();
    return calls;
  }

  describe.each(["universal", "direct", "bypass"])("in %s", (routing) => {
    const stack = useSandbox({ config: { routing, breaker: NEVER_OPEN, ...TWO_LOCATIONS } });

    it("is a hash that stays the same during the session", async () => {
      const headers = { "x-claude-code-session-id": SESSION };
      const calls = [...(await vertexCalls(stack(), headers)), ...(await vertexCalls(stack(), headers))];
      const [other] = await vertexCalls(stack(), { "x-failover-session": "another" });

      expect(calls).toHaveLength(2);
      expect(new Set(calls.map(({ session }) => session)).size).toBe(1);
      expect(calls[0]?.session).toMatch(VALUE);
      expect(other?.session).toMatch(VALUE);
      expect(other?.session).not.toBe(calls[0]?.session);
      expect(calls.map(({ all }) => all).join()).not.toContain(SESSION);
    });

    it.each([
      ["no session", {}, {}],
      ["only the name of a user", {}, { metadata: { user_id: "user-1" } }],
    ])("is absent if the caller gives %s", async (_what, headers, more) => {
      expect((await vertexCalls(stack(), headers, more)).map(({ session }) => session)).toEqual([undefined]);
    });
  });

  describe("with `stickiness.vertexSession: false`", () => {
    const config = { stickiness: { vertexSession: false }, breaker: NEVER_OPEN, ...TWO_LOCATIONS };
    const stack = useSandbox({ config });

    it("is absent", async () => {
      const calls = await vertexCalls(stack(), { "x-claude-code-session-id": SESSION });
      expect(calls.map(({ session }) => session)).toEqual([undefined]);
    });
  });
});
