/**
 * Tests conversations of several turns, and threads, that move to Vertex because Anthropic fails
 * between two turns.
 */
import { expect, it } from "vitest";
import { clientToken, MODEL, NEVER_OPEN, SDKS, sdkClient, useSandbox } from "../support/sandbox.ts";

const OVERLOADED = { mode: "status", status: 529 } as const;
const FROM_ANTHROPIC = /^msg_(?!vrtx_)/;
const FROM_VERTEX = /^msg_vrtx_/;
const COMPLETE_TEXT = /^Hi there!.*from a local cloud\.$/;
const [[, Sdk]] = SDKS;

/** One request that a provider has received. */
interface Sent {
  to: "anthropic" | "vertex";
  thread: string | undefined;
  messages: number;
}

const stack = useSandbox({ config: { breaker: NEVER_OPEN } });
const client = () => sdkClient(Sdk, stack());
const overload = () => stack().cloud.context.faults.set("anthropic", OVERLOADED);

/** Records what the providers receive from now on. */
function watch(): Sent[] {
  const sent: Sent[] = [];
  stack().cloud.onExchange = ({ host, path, body }) => {
    const isVertex = host.endsWith("-aiplatform.googleapis.com");
    if (!isVertex && (host !== "api.anthropic.com" || path !== "/v1/messages")) return;
    const { thread, messages } = JSON.parse(body.toString("utf8"));
    sent.push({ to: isVertex ? "vertex" : "anthropic", thread: thread?.type, messages: messages.length });
  };
  return sent;
}

it.each([
  ["JSON", false],
  ["stream", true],
] as const)(
  "the tool runner finishes its loop on Vertex when Anthropic fails after the first turn (%s)",
  async (_kind, stream) => {
    const sent = watch();
    const runner = client().beta.messages.toolRunner({
      model: MODEL,
      max_tokens: 200,
      stream,
      messages: [{ role: "user", content: "Please use the tool." }],
      tools: [
        {
          name: "weather",
          description: "Weather",
          input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          run: async (input) => {
            overload();
            return `18 °C in ${JSON.stringify(input)}`;
          },
        },
      ],
    });
    const turns: { id: string; content: readonly object[] }[] = [];
    for await (const turn of runner) turns.push("finalMessage" in turn ? await turn.finalMessage() : turn);

    expect(turns).toMatchObject([
      { id: expect.stringMatching(FROM_ANTHROPIC), content: [{ type: "tool_use", input: { city: "local" } }] },
      {
        id: expect.stringMatching(FROM_VERTEX),
        content: [{ type: "text", text: expect.stringMatching(COMPLETE_TEXT) }],
      },
    ]);
    // Only Anthropic can continue a thread. When it fails, the SDK sends the whole conversation
    // again. Both targets get it, Vertex without the `thread` member.
    expect(sent[0]).toEqual({ to: "anthropic", thread: "create", messages: 1 });
    expect(sent[1]).toEqual({ to: "anthropic", thread: "continue", messages: 1 });
    expect(sent.slice(2)).toContainEqual({ to: "anthropic", thread: "create", messages: 3 });
    expect(sent.at(-1)).toEqual({ to: "vertex", thread: undefined, messages: 3 });
  },
);

it("a thread stays on Vertex, which has its prompt cache", async () => {
  const thread = client().beta.messages.thread({ model: MODEL, max_tokens: 200 });
  const send = async (content: string) => (await thread.send({ role: "user", content })).id;
  const ids = [await send("First")];
  overload();
  ids.push(await send("Second"));
  stack().cloud.context.faults.clear();
  ids.push(await send("Third"));

  expect(ids.map((id) => FROM_VERTEX.test(id))).toEqual([false, true, true]);
});

it("a thread moves to Vertex and, without stickiness, back to Anthropic with the whole conversation", async () => {
  const notSticky = client().withOptions({ defaultHeaders: { "x-failover-sticky": "off" } });
  const thread = notSticky.beta.messages.thread({ model: MODEL, max_tokens: 200 });
  const send = async (content: string) => (await thread.send({ role: "user", content })).id;
  const ids = [await send("One")];
  overload();
  ids.push(await send("Two"));
  stack().cloud.context.faults.clear();
  const sent = watch();
  ids.push(await send("Three"), await send("Four"));

  expect(ids.map((id) => FROM_VERTEX.test(id))).toEqual([false, true, false, false]);
  expect(sent).toEqual([
    { to: "anthropic", thread: "continue", messages: 1 },
    { to: "anthropic", thread: "create", messages: 5 },
    { to: "anthropic", thread: "continue", messages: 1 },
  ]);
  expect(thread.messages).toHaveLength(8);
});

it("a thread gets a 404 thread_not_found when Anthropic fails, so that the SDK sends it whole", async () => {
  overload();
  const response = await fetch(`${stack().runtime.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: {
      "x-api-key": clientToken(stack()),
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "message-threads-2026-08-12",
    },
    body: JSON.stringify({
      model: MODEL,
      max_tokens: 200,
      messages: [{ role: "user", content: "And then?" }],
      thread: { type: "continue", previous_message_id: "msg_01" },
    }),
  });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    error: { type: "not_found_error", details: { error_code: "thread_not_found" } },
  });
});
