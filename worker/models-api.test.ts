/**
 * The list of models comes from Anthropic, and from the Worker's table if Anthropic does not
 * answer.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bindings } from "./bindings-in-test.ts";
import { contextOf } from "./context-in-test.ts";
import { ApiError } from "./errors.ts";
import { Isolate } from "./isolate.ts";
import { MODELS } from "./models.ts";
import { handleModels } from "./models-api.ts";

const ADDED = { "claude-added": { vertexId: "claude-added", locations: ["us"] } };
/** This model is in the table already, so the list must not contain it twice. */
const CORRECTED = { "claude-opus-4-6": { vertexId: "claude-opus-4-6@1", locations: ["us"] } };
/** The date of the tests: some models in the table are already retired. */
const NOW = "2026-11-26";
const SERVED = MODELS.filter(({ anthropicEnds }) => !anthropicEnds || anthropicEnds > NOW).map(({ id }) => id);
const IDS = [...SERVED, "claude-added"];
const [FIRST, SECOND, THIRD] = IDS;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: Date.parse(NOW) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** @param answer gives Anthropic's answer */
async function asked(path: string, answer: (signal: AbortSignal) => Response | Promise<Response>) {
  const sent: string[] = [];
  vi.stubGlobal("fetch", async (url: string, { signal }: { signal: AbortSignal }) => {
    sent.push(url);
    return answer(signal);
  });
  const isolate = new Isolate(bindings({ models: { ...ADDED, ...CORRECTED } }));
  const { context } = contextOf(new Request(`https://worker.test/v1/models${path}`), isolate);
  const { response } = await handleModels(context);
  return { response, sent, record: context.record };
}

const down = () => Response.json({}, { status: 529 });

interface Page {
  data: { id: string }[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

const pageOf = async (query: string) => (await (await asked(query, down)).response.json()) as Page;

describe("Anthropic's answer", () => {
  it.each([
    ["a list", "?limit=2", { data: [{ id: "m" }], has_more: false }],
    ["a model", "/m", { type: "model", id: "m" }],
  ])("is passed on: %s", async (_what, path, answer) => {
    const { response, sent, record } = await asked(path, () => Response.json(answer));

    expect(await response.json()).toEqual(answer);
    expect(sent).toEqual([`https://api.anthropic.com/v1/models${path}`]);
    expect(response.headers.get("x-failover-target")).toBe("anthropic");
    expect(record.target).toBe("anthropic");
  });

  it("is passed on if it is the caller's error", async () => {
    const error = { type: "error", error: { type: "not_found_error", message: "m" } };

    const { response } = await asked("/m", () => Response.json(error, { status: 404 }));

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(error);
    expect(response.headers.get("x-failover-target")).toBe("anthropic");
  });
});

describe("the answer from the table", () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ["fails", down],
    ["answers with a web page", () => new Response("<html>")],
    ["cannot be reached", () => Promise.reject(new Error("Network connection lost."))],
  ])("is used when Anthropic %s", async (_what, answer) => {
    const { response, record } = await asked("?limit=1000", answer);

    expect(((await response.json()) as Page).data.map(({ id }) => id)).toEqual(IDS);
    expect(response.headers.get("x-failover-target")).toBe("table");
    expect(record.target).toBe("table");
  });

  it("is used after 2.5 s, because Claude Code waits for 3 s", async () => {
    const silent = (signal: AbortSignal) =>
      new Promise<Response>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const answering = asked("", silent);
    let isOver = false;
    answering.then(() => {
      isOver = true;
    });

    await vi.advanceTimersByTimeAsync(2_499);
    const wasOver = isOver;
    await vi.advanceTimersByTimeAsync(1);

    expect(wasOver).toBe(false);
    expect((await answering).response.headers.get("x-failover-target")).toBe("table");
  });

  it("finds a model by its alias, also if the alias is percent-encoded", async () => {
    const { response } = await asked("/claude%2Dopus-4-5", down);

    expect(await response.json()).toEqual({
      type: "model",
      id: "claude-opus-4-5-20251101",
      display_name: "claude-opus-4-5-20251101",
      created_at: "1970-01-01T00:00:00Z",
    });
  });

  it.each(["gpt", "claude-sonnet-4-20250514"])("is a 404 for an unknown or retired model: %s", async (id) => {
    await expect(asked(`/${id}`, down)).rejects.toThrow(new ApiError(404, `model: ${id}`));
  });
});

describe("a page of the table", () => {
  it.each<[string, string, (string | undefined)[], boolean]>([
    ["starts with the first model", "?limit=2", [FIRST, SECOND], true],
    ["starts after `after_id`", `?limit=2&after_id=${FIRST}`, [SECOND, THIRD], true],
    ["ends with the last model", `?limit=2&after_id=${IDS.at(-2)}`, ["claude-added"], false],
    [
      "has no more models if it ends exactly with the last one",
      `?limit=2&after_id=${IDS.at(-3)}`,
      IDS.slice(-2),
      false,
    ],
    ["is empty after the last model", "?after_id=claude-added", [], false],
    ["ends before `before_id`", `?limit=1&before_id=${THIRD}`, [SECOND], true],
    ["ends before `before_id` and starts with the first model", `?limit=2&before_id=${THIRD}`, [FIRST, SECOND], false],
    ["is empty before the first model", `?before_id=${FIRST}`, [], false],
    ["starts with the first model if `after_id` is unknown", "?limit=1&after_id=x", [FIRST], true],
  ])("%s", async (_what, query, ids, hasMore) => {
    const { data, ...page } = await pageOf(query);

    expect(data.map(({ id }) => id)).toEqual(ids);
    expect(page).toEqual({ has_more: hasMore, first_id: ids.at(0) ?? null, last_id: ids.at(-1) ?? null });
  });

  it.each([
    ["1", 1],
    ["1000", IDS.length],
  ])("has at most `limit` models: %s", async (limit, length) => {
    expect((await pageOf(`?limit=${limit}`)).data).toHaveLength(length);
  });

  it("has at most 20 models without `limit`", async () => {
    expect((await pageOf("")).data).toHaveLength(Math.min(20, IDS.length));
  });

  it.each(["0", "-1", "1001", "1.5", "x"])("is a 400 for the limit %s", async (limit) => {
    const error = new ApiError(400, "limit: Input should be a whole number from 1 to 1000");

    await expect(asked(`?limit=${limit}`, down)).rejects.toThrow(error);
  });
});
