/**
 * Tests which clients may use batches and files, and what is passed on. `messages.test.ts` tests
 * the memory of a request that does not fit the budget.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { passThrough } from "./anthropic-only.ts";
import { bindings } from "./bindings-in-test.ts";
import { contextOf } from "./context-in-test.ts";
import { ApiError } from "./errors.ts";
import { Isolate } from "./isolate.ts";
import type { Routing } from "./options.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

interface Asked {
  answer?: Response;
  /** Time until Anthropic answers. */
  answerMs?: number;
  batches?: true;
  routing?: Routing;
  headers?: Record<string, string>;
}

const BATCH = { id: "msgbatch_1", type: "message_batch" };

/** Waits as `fetch` does: it rejects when the signal is aborted. */
function wait(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
    setTimeout(resolve, ms);
  });
}

/** Creates a batch as a client. @returns the pending result and what Anthropic receives */
function asked({ answer = Response.json(BATCH), answerMs = 0, batches, routing = "bypass", headers = {} }: Asked) {
  const sent: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    if (answerMs > 0) await wait(answerMs, init.signal);
    return answer;
  });
  const body = '{"requests":[]}';
  const init = { method: "POST", body, headers: { "content-type": "application/json", ...headers } };
  const request = new Request("https://worker.test/v1/messages/batches?beta=true", init);
  const { context } = contextOf(request, new Isolate(bindings({ routing })), batches ? { batches } : {});
  return { handled: passThrough(context, "resource"), sent, record: context.record };
}

describe("a client without the right to batches and files", () => {
  it("gets a 403 with x-should-retry: false, and nothing is sent", async () => {
    const { handled, sent } = asked({});

    const message = `The client ci may not use batches and files: allow it in the stack's "clients".`;
    await expect(handled).rejects.toThrow(new ApiError(403, message, { "x-should-retry": "false" }));
    expect(sent).toEqual([]);
  });
});

describe("a client with the right to batches and files", () => {
  it("reaches the same path at Anthropic, with our key and only its own anthropic-* headers", async () => {
    const headers = { "anthropic-beta": "b", "x-api-key": "caller", cookie: "c" };
    const { handled, sent } = asked({ batches: true, headers });

    await handled;

    expect(sent.map(({ url, init }) => [url, init.method, init.redirect, init.headers])).toEqual([
      [
        "https://api.anthropic.com/v1/messages/batches?beta=true",
        "POST",
        "manual",
        {
          "anthropic-version": "2023-06-01",
          "anthropic-beta": "b",
          "x-api-key": "a",
          "accept-encoding": "identity",
          "content-type": "application/json",
        },
      ],
    ]);
    expect(await new Response(sent[0]?.init.body).text()).toBe('{"requests":[]}');
  });

  it.each<Routing>(["universal", "direct"])("reaches Anthropic through the gateway in %s routing", async (routing) => {
    const { handled, sent } = asked({ batches: true, routing });

    await handled;

    expect(sent.map(({ url }) => url)).toEqual(["https://gateway/anthropic/v1/messages/batches?beta=true"]);
    expect(sent[0]?.init.headers).toMatchObject({ "x-api-key": "a", "cf-aig-authorization": "Bearer g" });
  });

  it("gets Anthropic's answer with the headers that name the target", async () => {
    const { handled, record } = asked({ batches: true });

    const { response } = await handled;

    expect(await response.json()).toEqual(BATCH);
    expect(response.headers.get("x-failover-target")).toBe("anthropic");
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=200");
    expect(record).toMatchObject({ target: "anthropic", attempts: [{ target: "anthropic", result: "200" }] });
  });

  it("gets a results_url at this Worker, because Anthropic would refuse the client's token", async () => {
    const results = "/v1/messages/batches/msgbatch_1/results";
    const answer = Response.json({ ...BATCH, results_url: `https://api.anthropic.com${results}` });
    const { handled } = asked({ batches: true, answer });

    const { response } = await handled;

    expect(await response.json()).toEqual({ ...BATCH, results_url: `https://worker.test${results}` });
  });

  it.each([
    "https://api.anthropic.com.evil.example/v1",
    "http://api.anthropic.com/v1",
    "https://other.example/https://api.anthropic.com/v1",
  ])("gets any other results_url unchanged: %s", async (address) => {
    const { handled } = asked({ batches: true, answer: Response.json({ ...BATCH, results_url: address }) });

    const { response } = await handled;

    expect(await response.json()).toMatchObject({ results_url: address });
  });

  it.each([
    [59_999, 200],
    [60_001, 504],
  ])("waits for an answer until the chain's limit: %i ms", async (answerMs, status) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const { handled } = asked({ batches: true, answerMs });

    await vi.advanceTimersByTimeAsync(answerMs);

    expect((await handled).response.status).toBe(status);
  });

  it.each([
    ["its own error unchanged", 400, 400, null],
    ["a 502 if Anthropic refuses our key", 401, 502, "false"],
    ["Anthropic's failure unchanged", 529, 529, null],
  ])("gets %s", async (_what, status, expected, retry) => {
    const error = { type: "error", error: { type: "some_error", message: "m" } };
    const { handled } = asked({ batches: true, answer: Response.json(error, { status }) });

    const { response } = await handled;

    expect(response.status).toBe(expected);
    expect(response.headers.get("x-failover-attempts")).toBe(`anthropic=${status}`);
    expect(response.headers.get("x-should-retry")).toBe(retry);
  });
});
