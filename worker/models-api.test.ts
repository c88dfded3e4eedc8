/** The list of models: Anthropic's, and from the table while Anthropic does not answer. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bindings } from "./bindings-in-test.ts";
import { contextOf } from "./context-in-test.ts";
import { ApiError } from "./errors.ts";
import { Isolate } from "./isolate.ts";
import { MODELS } from "./models.ts";
import { handleModels } from "./models-api.ts";

const ADDED = { "claude-added": { vertexId: "claude-added", locations: ["us"] } };
/** Of one that the table has already: it is no addition. */
const CORRECTED = { "claude-opus-4-6": { vertexId: "claude-opus-4-6@1", locations: ["us"] } };
/** Some models of the table have ended by then, and some have not. */
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

/** @param answer Anthropic's */
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

  it("is passed on where it is the caller's own error", async () => {
    const error = { type: "error", error: { type: "not_found_error", message: "m" } };

    const { response } = await asked("/m", () => Response.json(error, { status: 404 }));

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(error);
    expect(response.headers.get("x-failover-target")).toBe("anthropic");
  });
});

describe("the table's answer", () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ["fails", down],
    ["answers with something else", () => new Response("<html>")],
    ["cannot be reached", () => Promise.reject(new Error("Network connection lost."))],
  ])("takes its place where Anthropic %s", async (_what, answer) => {
    const { response, record } = await asked("?limit=1000", answer);

    expect(((await response.json()) as Page).data.map(({ id }) => id)).toEqual(IDS);
    expect(response.headers.get("x-failover-target")).toBe("table");
    expect(record.target).toBe("table");
  });

  it("takes its place after 2.5 s, since Claude Code waits for 3 s", async () => {
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

  it("has a model by any of its names, and by an escaped one", async () => {
    const { response } = await asked("/claude%2Dopus-4-5", down);

    expect(await response.json()).toEqual({
      type: "model",
      id: "claude-opus-4-5-20251101",
      display_name: "claude-opus-4-5-20251101",
      created_at: "1970-01-01T00:00:00Z",
    });
  });

  it.each(["gpt", "claude-sonnet-4-20250514"])("is a 404 for a model that is not served: %s", async (id) => {
    await expect(asked(`/${id}`, down)).rejects.toThrow(new ApiError(404, `model: ${id}`));
  });
});

describe("a page of the table", () => {
  it.each<[string, string, (string | undefined)[], boolean]>([
    ["is its beginning", "?limit=2", [FIRST, SECOND], true],
    ["goes on behind an id", `?limit=2&after_id=${FIRST}`, [SECOND, THIRD], true],
    ["ends with the last model", `?limit=2&after_id=${IDS.at(-2)}`, ["claude-added"], false],
    ["ends with the last model, exactly", `?limit=2&after_id=${IDS.at(-3)}`, IDS.slice(-2), false],
    ["is empty behind the last model", "?after_id=claude-added", [], false],
    ["ends in front of an id", `?limit=1&before_id=${THIRD}`, [SECOND], true],
    ["ends in front of an id, at the beginning", `?limit=2&before_id=${THIRD}`, [FIRST, SECOND], false],
    ["is empty in front of the first model", `?before_id=${FIRST}`, [], false],
    ["begins at the beginning for an id that is unknown", "?limit=1&after_id=x", [FIRST], true],
  ])("%s", async (_what, query, ids, hasMore) => {
    const { data, ...page } = await pageOf(query);

    expect(data.map(({ id }) => id)).toEqual(ids);
    expect(page).toEqual({ has_more: hasMore, first_id: ids.at(0) ?? null, last_id: ids.at(-1) ?? null });
  });

  it.each([
    ["1", 1],
    ["1000", IDS.length],
  ])("has up to so many models as are asked for: %s", async (limit, length) => {
    expect((await pageOf(`?limit=${limit}`)).data).toHaveLength(length);
  });

  it("has up to 20 models where nothing is asked for", async () => {
    expect((await pageOf("")).data).toHaveLength(Math.min(20, IDS.length));
  });

  it.each(["0", "-1", "1001", "1.5", "x"])("is a 400 for a limit of %s", async (limit) => {
    const error = new ApiError(400, "limit: Input should be a whole number from 1 to 1000");

    await expect(asked(`?limit=${limit}`, down)).rejects.toThrow(error);
  });
});
