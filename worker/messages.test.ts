/**
 * The first tests show that every request releases its memory, however it ends. The other tests
 * check the headers and errors that a caller gets.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bindings } from "./bindings.ts";
import { bindings } from "./bindings-in-test.ts";
import { contextOf } from "./context-in-test.ts";
import { MESSAGES } from "./endpoints.ts";
import { Isolate } from "./isolate.ts";
import { handleMessages } from "./messages.ts";
import { BUDGET_BYTES } from "./request/memory-budget.ts";
import { eventOf } from "./response/streams-in-test.ts";
import { useWorkerdGlobals } from "./workerd-in-test.ts";

const QUESTION = JSON.stringify({ model: "claude-sonnet-4-6", messages: [] });
const LARGE_QUESTION = JSON.stringify({ model: "claude-sonnet-4-6", messages: [], system: "x".repeat(300 * 1024) });
const MESSAGE = JSON.stringify({ id: "msg_1", type: "message", content: [] });

useWorkerdGlobals();
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A stream that sends its first content and then stays open until the test ends it. */
function openStream() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  writer.write(new TextEncoder().encode(eventOf("content_block_delta")));
  return {
    response: new Response(readable, { headers: { "content-type": "text/event-stream" } }),
    /** Ends the stream with `message_stop`. */
    end: () => void writer.write(new TextEncoder().encode(eventOf("message_stop"))),
  };
}

interface Asked {
  body?: BodyInit;
  /** The answer of the target with this host. */
  answer?: (host: string) => Response;
  /** Whether the target reads the whole body before it answers. */
  readsBody?: boolean;
  /** The bytes that other clients leave free. One client may hold two thirds of them. */
  freeBytes?: number;
  /** Adds one Vertex location to the stack. */
  hasVertex?: boolean;
  /** The stack's bindings, in place of those that `hasVertex` chooses. */
  stack?: Bindings;
}

/** Lets other clients hold the budget except for `freeBytes`. @returns how many bytes they hold */
function fill({ memory }: Isolate, freeBytes: number): number {
  for (let other = 0; memory.heldBytes < BUDGET_BYTES - freeBytes; other++) {
    const leftBytes = BUDGET_BYTES - memory.heldBytes;
    const bytes = Math.min(Math.floor((leftBytes * 2) / 3), leftBytes - freeBytes);
    memory.lease(`other-${other}`, Number.POSITIVE_INFINITY).growTo(bytes);
  }
  return memory.heldBytes;
}

/** Sends one request to a new isolate. By default Anthropic is the only target. */
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
    ["200 to a body that is sent in pieces", { body: LARGE_QUESTION }, 200],
    ["529", { answer: () => Response.json({}, { status: 529 }) }, 529],
    ["400", { answer: () => Response.json({}, { status: 400 }) }, 400],
    [
      "502, because Anthropic cannot be reached",
      {
        answer: () => {
          throw new Error("Network connection lost.");
        },
      },
      502,
    ],
  ])("is held while Anthropic is asked, and freed after a %s", async (_what, circumstances, status) => {
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
      "ends with a connection error",
      new ReadableStream({
        type: "bytes",
        pull: (controller) => controller.error(new Error("Network connection lost.")),
      }),
    ],
  ])("is freed if the body %s", async (_what, body) => {
    const { handled, held } = asked({ body });

    await expect(handled).rejects.toThrow();

    expect(held()).toBe(0);
  });

  it("is freed during a stream, as soon as the request's body was sent", async () => {
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

  it("is held until the end of the stream if the target does not read the body", async () => {
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
  ])("is freed after %s that came before the body was read", async (_what, answer) => {
    const { handled, held, settled } = asked({ body: LARGE_QUESTION, readsBody: false, answer });

    await handled;
    await settled();

    expect(held()).toBe(0);
  });

  it("is freed when the caller leaves a stream", async () => {
    const { response: answer } = openStream();
    const { handled, held, settled, leave } = asked({ body: streamed(LARGE_QUESTION), answer: () => answer });
    const { ended } = await handled;

    leave();
    await settled();

    expect(await ended).toEqual({ kind: "client_left" });
    expect(held()).toBe(0);
  });
});

describe("a body that does not fit the memory budget", () => {
  it.each([
    ["no bytes of it fit", 16 * 1024],
    ["only its beginning fits", 64 * 1024],
  ])("reaches Anthropic complete, and its memory is freed: %s", async (_what, freeBytes) => {
    const { handled, held, seen, settled } = asked({ body: LARGE_QUESTION, freeBytes });

    const { response } = await handled;
    await settled();

    expect(response.status).toBe(200);
    expect(response.headers.get("x-failover-skipped")).toBe("memory");
    expect(seen.received).toBe(LARGE_QUESTION);
    expect(held()).toBe(0);
  });

  it("holds no memory during the answer's stream", async () => {
    const { response: answer, end } = openStream();
    const { handled, held } = asked({ body: LARGE_QUESTION, freeBytes: 64 * 1024, answer: () => answer });

    const { response, ended } = await handled;
    const heldMeanwhile = held();
    end();
    await response.text();

    expect(heldMeanwhile).toBe(0);
    expect(await ended).toEqual({ kind: "complete" });
  });

  it("holds no memory after an answer that came before the body was read", async () => {
    const { handled, held, settled } = asked({ body: LARGE_QUESTION, freeBytes: 64 * 1024, readsBody: false });

    await handled;
    await settled();

    expect(held()).toBe(0);
  });

  it("never looks complete to Anthropic if it ends with a connection error", async () => {
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

  it("holds no memory after Anthropic could not be reached", async () => {
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
  ["detaches the buffer of a large body at once, without the garbage collector", { body: LARGE_QUESTION }, true],
  ["detaches the buffer of a body that does not fit the budget", { body: LARGE_QUESTION, freeBytes: 64 * 1024 }, true],
  ["leaves the buffer of a small body to the garbage collector", { body: QUESTION }, false],
])("%s", async (_what, circumstances, isDetached) => {
  const transfer = vi.spyOn(ArrayBuffer.prototype, "transfer");
  const { handled, settled } = asked(circumstances);

  await handled;
  await settled();

  expect(transfer.mock.calls.some(([bytes]) => bytes === 0)).toBe(isDetached);
});

describe("a lease of memory", () => {
  it("belongs to the client, and ends half a minute after the request's last limit", async () => {
    const { handled, context, lent } = asked({});

    await handled;

    const { bodyMs, chainMs } = context.isolate.settings.options.timeouts;
    expect(lent).toHaveBeenLastCalledWith("ci", context.startedMs + bodyMs + chainMs + 30_000);
  });
});

describe("an answer", () => {
  const thinks = QUESTION.replace("[]", '[{"role":"assistant","content":[{"type":"thinking"}]}]');
  const onlyVertex = (host: string) =>
    host === "api.anthropic.com" ? Response.json({}, { status: 529 }) : new Response(MESSAGE);
  const aboutOf = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith("x-failover-")));

  it.each<[string, Asked, Record<string, string>]>([
    [
      "names the target, and the reason why there was no Vertex step",
      {},
      {
        "x-failover-target": "anthropic",
        "x-failover-attempts": "anthropic=200",
        "x-failover-skipped": "model_not_in_locations",
      },
    ],
    [
      "from Vertex lists what was left out",
      { hasVertex: true, body: QUESTION.replace("{", '{"speed":"fast",'), answer: onlyVertex },
      {
        "x-failover-target": "vertex/us",
        "x-failover-attempts": "anthropic=529;vertex/us=200",
        "x-failover-omitted": "speed",
      },
    ],
    [
      "from Anthropic does not list what the Vertex step left out",
      { hasVertex: true, body: QUESTION.replace("{", '{"speed":"fast",') },
      { "x-failover-target": "anthropic", "x-failover-attempts": "anthropic=200" },
    ],
    [
      "from Vertex says that the model ignores thinking from Anthropic",
      { hasVertex: true, body: thinks.replace("sonnet-4-6", "sonnet-5-5"), answer: onlyVertex },
      {
        "x-failover-target": "vertex/us",
        "x-failover-attempts": "anthropic=529;vertex/us=200",
        "x-failover-lost": "thinking",
      },
    ],
    [
      "from Vertex says that the model ignores redacted thinking from Anthropic",
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
      "does not mention thinking if the model accepts it on Vertex",
      { hasVertex: true, body: thinks, answer: onlyVertex },
      { "x-failover-target": "vertex/us", "x-failover-attempts": "anthropic=529;vertex/us=200" },
    ],
    [
      "does not mention thinking if there is none",
      { hasVertex: true, body: QUESTION.replace("sonnet-4-6", "sonnet-5-5"), answer: onlyVertex },
      { "x-failover-target": "vertex/us", "x-failover-attempts": "anthropic=529;vertex/us=200" },
    ],
  ])("%s", async (_what, circumstances, about) => {
    const { response } = await asked(circumstances).handled;

    expect(aboutOf(response)).toEqual(about);
  });

  it.each([
    ["a failure if the model is in the table", "claude-sonnet-4-6", "m (Not sent to Vertex: model_not_in_locations.)"],
    ["the caller's error if the model is unknown", "claude-x", "m"],
  ])("with the status 404 is %s", async (_what, model, message) => {
    const error = { type: "error", error: { type: "not_found_error", message: "m" } };
    const body = QUESTION.replace("claude-sonnet-4-6", model);

    const { response } = await asked({ body, answer: () => Response.json(error, { status: 404 }) }).handled;

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { message } });
  });
});

it("the breaker counts a failure for the request's client and model", async () => {
  const { handled, isolate } = asked({ answer: () => Response.json({}, { status: 529 }) });
  const failed = vi.spyOn(isolate.breaker, "failed");

  await handled;

  expect(failed.mock.lastCall?.[1]).toEqual({ client: "ci", model: "claude-sonnet-4-6" });
});

it("a stream from an unknown target is complete", async () => {
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

it("a stream that is cut counts as a failure of its target", async () => {
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
