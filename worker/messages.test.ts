/**
 * What a request holds of the isolate's memory is given back, however the request ends; and what its
 * caller is told.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bindings } from "./bindings.ts";
import { bindings } from "./bindings-in-test.ts";
import { contextOf } from "./context-in-test.ts";
import { MESSAGES } from "./endpoints.ts";
import { Isolate } from "./isolate.ts";
import { handleMessages } from "./messages.ts";
import { BUDGET_BYTES } from "./request/memory-budget.ts";
import { useWorkerdGlobals } from "./workerd-in-test.ts";

const QUESTION = JSON.stringify({ model: "claude-sonnet-4-6", messages: [] });
const LARGE_QUESTION = JSON.stringify({ model: "claude-sonnet-4-6", messages: [], system: "x".repeat(300 * 1024) });
const MESSAGE = JSON.stringify({ id: "msg_1", type: "message", content: [] });
const eventOf = (name: string) => `event: ${name}\ndata: {"type":"${name}"}\n\n`;

useWorkerdGlobals();
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A stream's body that stays open behind its first content until the test ends it. */
function openStream() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  writer.write(new TextEncoder().encode(eventOf("content_block_delta")));
  return {
    response: new Response(readable, { headers: { "content-type": "text/event-stream" } }),
    /** The target ends it, as it should. */
    end: () => void writer.write(new TextEncoder().encode(eventOf("message_stop"))),
  };
}

interface Asked {
  body?: BodyInit;
  /** What Anthropic does, or the target with that host. */
  answer?: (host: string) => Response;
  /** Whether Anthropic reads the whole body before that. */
  readsBody?: boolean;
  /** What other clients leave free; a client may hold two thirds of it. */
  freeBytes?: number;
  /** Two targets in place of one. */
  hasVertex?: boolean;
  /** Of the stack; absent: as `hasVertex` says. */
  stack?: Bindings;
}

/** Other clients hold all of the isolate's memory but so many bytes. @returns how many they hold. */
function fill({ memory }: Isolate, freeBytes: number): number {
  for (let other = 0; memory.heldBytes < BUDGET_BYTES - freeBytes; other++) {
    const leftBytes = BUDGET_BYTES - memory.heldBytes;
    const bytes = Math.min(Math.floor((leftBytes * 2) / 3), leftBytes - freeBytes);
    memory.lease(`other-${other}`, Number.POSITIVE_INFINITY).growTo(bytes);
  }
  return memory.heldBytes;
}

/** One request to an isolate; Anthropic is the only target, if nothing else is said. */
function asked(circumstances: Asked) {
  const {
    body = QUESTION,
    answer = () => new Response(MESSAGE),
    readsBody = true,
    freeBytes = BUDGET_BYTES,
    hasVertex = false,
    stack = bindings({}, hasVertex ? { VERTEX_LOCATIONS: '["us"]' } : {}),
  } = circumstances;
  const isolate = new Isolate(stack);
  vi.spyOn(isolate.googleToken, "cached").mockReturnValue("ya29");
  const lent = vi.spyOn(isolate.memory, "lease");
  const heldByOthers = fill(isolate, freeBytes);
  const held = () => isolate.memory.heldBytes - heldByOthers;
  const seen = { heldWhileAsked: 0, received: "" };
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    seen.heldWhileAsked = held();
    if (readsBody) seen.received = await new Response(init.body).text();
    return answer(new URL(url).host);
  });
  const leaving = new AbortController();
  const init = { method: "POST", body, duplex: "half", signal: leaving.signal };
  const request = new Request("https://worker.test/v1/messages", init as RequestInit);
  const { context, settled } = contextOf(request, isolate);
  const handled = handleMessages(MESSAGES, context);
  return { handled, context, isolate, held, lent, seen, settled, leave: () => leaving.abort() };
}

describe("a request's memory", () => {
  it.each<[string, Asked, number]>([
    ["200", {}, 200],
    ["200, after a body that is sent in pieces", { body: LARGE_QUESTION }, 200],
    ["529", { answer: () => Response.json({}, { status: 529 }) }, 529],
    ["400", { answer: () => Response.json({}, { status: 400 }) }, 400],
    [
      "502, where Anthropic cannot be reached",
      {
        answer: () => {
          throw new Error("Network connection lost.");
        },
      },
      502,
    ],
  ])("is held while Anthropic is asked, and is given back after a %s", async (_what, circumstances, status) => {
    const { handled, held, seen, settled } = asked(circumstances);

    const { response } = await handled;
    await response.text();
    await settled();

    expect(response.status).toBe(status);
    expect(seen.heldWhileAsked).toBeGreaterThan(0);
    expect(held()).toBe(0);
  });

  it.each<[string, BodyInit]>([
    ["is not JSON", "{"],
    ["has no model", "{}"],
    [
      "breaks",
      new ReadableStream({
        type: "bytes",
        pull: (controller) => controller.error(new Error("Network connection lost.")),
      }),
    ],
  ])("is given back where the body %s", async (_what, body) => {
    const { handled, held } = asked({ body });

    await expect(handled).rejects.toThrow();

    expect(held()).toBe(0);
  });

  it("is given back while a stream is still coming: its body was sent", async () => {
    const { response: answer, end } = openStream();
    const { handled, held, settled } = asked({ body: streamed(QUESTION), answer: () => answer });

    const { response, ended } = await handled;
    await settled();
    const heldMeanwhile = held();
    end();

    expect(await response.text()).toBe(eventOf("content_block_delta") + eventOf("message_stop"));
    expect(await ended).toEqual({ kind: "complete" });
    expect(heldMeanwhile).toBe(0);
  });

  it("is held while the body is still being sent, and given back when the stream has ended", async () => {
    const { response: answer, end } = openStream();
    const { handled, held, settled } = asked({
      body: streamed(LARGE_QUESTION),
      readsBody: false,
      answer: () => answer,
    });

    const { response } = await handled;
    const heldMeanwhile = held();
    end();
    await response.text();
    await settled();

    expect(heldMeanwhile).toBeGreaterThanOrEqual(LARGE_QUESTION.length);
    expect(held()).toBe(0);
  });

  it.each<[string, () => Response]>([
    ["an answer", () => new Response(MESSAGE)],
    ["a failure", () => Response.json({}, { status: 529 })],
  ])("is given back after %s that came before the body was read", async (_what, answer) => {
    const { handled, held, settled } = asked({ body: LARGE_QUESTION, readsBody: false, answer });

    await handled;
    await settled();

    expect(held()).toBe(0);
  });

  it("is given back where the caller leaves a stream", async () => {
    const { response: answer } = openStream();
    const { handled, held, settled, leave } = asked({ body: streamed(LARGE_QUESTION), answer: () => answer });
    const { ended } = await handled;

    leave();
    await settled();

    expect(await ended).toEqual({ kind: "client_left" });
    expect(held()).toBe(0);
  });
});

describe("a body for which there is no room", () => {
  it.each([
    ["none at all", 16 * 1024],
    ["only for its beginning", 64 * 1024],
  ])("reaches Anthropic whole, and holds nothing in the end: %s", async (_what, freeBytes) => {
    const { handled, held, seen, settled } = asked({ body: LARGE_QUESTION, freeBytes });

    const { response } = await handled;
    await settled();

    expect(response.status).toBe(200);
    expect(response.headers.get("x-failover-skipped")).toBe("memory");
    expect(seen.received).toBe(LARGE_QUESTION);
    expect(held()).toBe(0);
  });

  it("holds nothing while the answer is still coming", async () => {
    const { response: answer, end } = openStream();
    const { handled, held } = asked({ body: LARGE_QUESTION, freeBytes: 64 * 1024, answer: () => answer });

    const { response, ended } = await handled;
    const heldMeanwhile = held();
    end();
    await response.text();

    expect(heldMeanwhile).toBe(0);
    expect(await ended).toEqual({ kind: "complete" });
  });

  it("holds nothing in the end where Anthropic answers before it has read the body", async () => {
    const { handled, held, settled } = asked({ body: LARGE_QUESTION, freeBytes: 64 * 1024, readsBody: false });

    await handled;
    await settled();

    expect(held()).toBe(0);
  });

  it("that breaks never looks whole to Anthropic", async () => {
    let at = 0;
    const body = new ReadableStream({
      type: "bytes",
      pull(controller) {
        if (at++ < 5) controller.enqueue(new TextEncoder().encode(" ".repeat(20_000)));
        else controller.error(new Error("Network connection lost."));
      },
    });
    const { handled, seen } = asked({ body, freeBytes: 64 * 1024 });

    const { response } = await handled;

    expect(response.status).toBe(502);
    expect(seen.received).toBe("");
  });

  it("holds nothing in the end where Anthropic cannot be reached", async () => {
    const { handled, held, settled } = asked({
      body: LARGE_QUESTION,
      freeBytes: 64 * 1024,
      answer: () => {
        throw new Error("Network connection lost.");
      },
    });

    const { response } = await handled;
    await settled();

    expect(response.status).toBe(502);
    expect(held()).toBe(0);
  });
});

it.each<[string, Asked, boolean]>([
  ["a large body's", { body: LARGE_QUESTION }, true],
  ["a large body's, for which there was no room,", { body: LARGE_QUESTION, freeBytes: 64 * 1024 }, true],
  ["no small body's", { body: QUESTION }, false],
])(
  "%s buffer is handed back at once, before the garbage collector finds it",
  async (_what, circumstances, isHandedBack) => {
    const transfer = vi.spyOn(ArrayBuffer.prototype, "transfer");
    const { handled, settled } = asked(circumstances);

    await handled;
    await settled();

    expect(transfer.mock.calls.some(([bytes]) => bytes === 0)).toBe(isHandedBack);
  },
);

describe("a lease of memory", () => {
  it("is the client's, for as long as its request may take and half a minute more", async () => {
    const { handled, context, lent } = asked({});

    await handled;

    const { bodyMs, chainMs } = context.isolate.settings.options.timeouts;
    expect(lent).toHaveBeenLastCalledWith("ci", context.startedMs + bodyMs + chainMs + 30_000);
  });
});

describe("what a caller is told", () => {
  const thinks = QUESTION.replace("[]", '[{"role":"assistant","content":[{"type":"thinking"}]}]');
  const onlyVertex = (host: string) =>
    host === "api.anthropic.com" ? Response.json({}, { status: 529 }) : new Response(MESSAGE);
  const aboutOf = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith("x-failover-")));

  it.each<[string, Asked, Record<string, string>]>([
    [
      "who answered, and why Vertex could not",
      {},
      {
        "x-failover-target": "anthropic",
        "x-failover-attempts": "anthropic=200",
        "x-failover-skipped": "model_not_in_locations",
      },
    ],
    [
      "what Vertex was not sent",
      { hasVertex: true, body: QUESTION.replace("{", '{"speed":"fast",'), answer: onlyVertex },
      {
        "x-failover-target": "vertex/us",
        "x-failover-attempts": "anthropic=529;vertex/us=200",
        "x-failover-omitted": "speed",
      },
    ],
    [
      "nothing of what Vertex was not sent where Anthropic answered",
      { hasVertex: true, body: QUESTION.replace("{", '{"speed":"fast",') },
      { "x-failover-target": "anthropic", "x-failover-attempts": "anthropic=200" },
    ],
    [
      "that a model on Vertex drops another organisation's thinking",
      { hasVertex: true, body: thinks.replace("sonnet-4-6", "sonnet-5-5"), answer: onlyVertex },
      {
        "x-failover-target": "vertex/us",
        "x-failover-attempts": "anthropic=529;vertex/us=200",
        "x-failover-lost": "thinking",
      },
    ],
    [
      "that a model on Vertex drops another organisation's thinking, redacted as it is",
      {
        hasVertex: true,
        body: thinks.replace("sonnet-4-6", "sonnet-5-5").replace("thinking", "redacted_thinking"),
        answer: onlyVertex,
      },
      {
        "x-failover-target": "vertex/us",
        "x-failover-attempts": "anthropic=529;vertex/us=200",
        "x-failover-lost": "thinking",
      },
    ],
    [
      "nothing of thinking where the model keeps it",
      { hasVertex: true, body: thinks, answer: onlyVertex },
      { "x-failover-target": "vertex/us", "x-failover-attempts": "anthropic=529;vertex/us=200" },
    ],
    [
      "nothing of thinking where there is none",
      { hasVertex: true, body: QUESTION.replace("sonnet-4-6", "sonnet-5-5"), answer: onlyVertex },
      { "x-failover-target": "vertex/us", "x-failover-attempts": "anthropic=529;vertex/us=200" },
    ],
  ])("is %s", async (_what, circumstances, about) => {
    const { response } = await asked(circumstances).handled;

    expect(aboutOf(response)).toEqual(about);
  });

  it.each([
    ["of the table is a failure", "claude-sonnet-4-6", "m (Not sent to Vertex: model_not_in_locations.)"],
    ["that only the caller knows is the caller's", "claude-x", "m"],
  ])("a 404 for a model %s", async (_what, model, message) => {
    const error = { type: "error", error: { type: "not_found_error", message: "m" } };
    const body = QUESTION.replace("claude-sonnet-4-6", model);

    const { response } = await asked({ body, answer: () => Response.json(error, { status: 404 }) }).handled;

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { message } });
  });
});

it("a failure counts for the client and the model of the request", async () => {
  const { handled, isolate } = asked({ answer: () => Response.json({}, { status: 529 }) });
  const failed = vi.spyOn(isolate.breaker, "failed");

  await handled;

  expect(failed.mock.lastCall?.[1]).toEqual({ client: "ci", model: "claude-sonnet-4-6" });
});

it("a stream of which nothing tells the target ends as any other", async () => {
  const text = eventOf("content_block_delta") + eventOf("message_stop");
  const { handled } = asked({
    stack: bindings({ routing: "universal" }, { VERTEX_LOCATIONS: '["us","eu"]' }),
    body: streamed(QUESTION),
    answer: () => new Response(text, { headers: { "content-type": "text/event-stream" } }),
  });

  const { response, ended } = await handled;

  expect(await response.text()).toBe(text);
  expect(response.headers.get("x-failover-attempts")).toBe("anthropic=?;vertex/us=?;vertex/eu=?");
  expect(await ended).toEqual({ kind: "complete" });
});

it("a stream that is cut counts as its target's failure", async () => {
  const headers = { "content-type": "text/event-stream" };
  const cut = () => new Response(eventOf("content_block_delta"), { headers });
  const { handled, isolate } = asked({ body: streamed(QUESTION), answer: cut });
  const failed = vi.spyOn(isolate.breaker, "failed");

  const { response, ended } = await handled;
  await response.text();

  expect(await ended).toEqual({ kind: "cut" });
  expect(failed.mock.lastCall?.[2]).toMatchObject({ blame: "target", status: 502 });
});

function streamed(question: string): string {
  return question.replace("{", '{"stream":true,');
}
