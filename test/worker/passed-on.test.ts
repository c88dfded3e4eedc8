/**
 * Batches, files and models go to Anthropic alone. A client sees its own errors there, but not the
 * errors of the deployment, the gateway or a proxy.
 */
import { describe, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import { NEVER_OPEN, useSandbox } from "../support/sandbox.ts";

const CLIENTS = [{ name: "batcher", batches: true }];
const PATHS = ["/v1/messages/batches", "/v1/files", "/v1/files/file_1", "/v1/messages/batches/b_1/results"];

describe.each(["universal", "bypass"])("in %s routing", (routing) => {
  const stack = useSandbox({ config: { routing, clients: CLIENTS, breaker: NEVER_OPEN } });
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${stack().runtime.url}${path}`, {
      headers: {
        "x-api-key": stack().outputs.clientTokens.batcher ?? "",
        "anthropic-version": "2023-06-01",
        ...headers,
      },
    });
  const faultyAt = (target: string, fault: Fault) => stack().cloud.context.faults.set(target, fault);

  it.each(PATHS)("returns 502 without Anthropic's text when Anthropic refuses our key: GET %s", async (path) => {
    faultyAt("anthropic", { mode: "status", status: 401 });
    const response = await get(path);
    expect(response.status).toBe(502);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await response.text()).not.toContain("invalid x-api-key");
  });

  it.each<[string, Fault, number]>([
    ["a web page", { mode: "html" }, 502],
    ["an empty body", { mode: "empty" }, 502],
    ["an error body under a 200", { mode: "error_body", type: "overloaded_error" }, 529],
    ["JSON that is not a resource", { mode: "not_a_message", body: "detail" }, 502],
    ["a reset connection", { mode: "reset" }, 502],
    ["half of an error and then nothing", { mode: "stalled_error", status: 529 }, 529],
  ])("returns an error in Anthropic's envelope when Anthropic sends %s", async (_what, fault, status) => {
    faultyAt("anthropic", fault);
    const response = await get("/v1/messages/batches");
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: expect.any(String) } });
  });

  it.skipIf(routing === "bypass").each([2001, 2005, 2009, 2040] as const)(
    "returns 502 for the gateway's error %i",
    async (code) => {
      faultyAt("gateway", { mode: "gateway_error", code });
      for (const path of PATHS) {
        const response = await get(path);
        expect(response.status).toBe(502);
        expect(await response.json()).toMatchObject({ type: "error", error: { type: "api_error" } });
      }
    },
  );

  it("passes on a 404 that the caller caused", async () => {
    const response = await get("/v1/files/file_nobody_has");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { type: "not_found_error" } });
  });

  it("lists models from its table when Anthropic fails: in pages, without retired models", async () => {
    faultyAt("anthropic", { mode: "html" });
    const first = (await (await get("/v1/models?limit=2")).json()) as { data: { id: string }[]; last_id: string };
    const next = (await (await get(`/v1/models?limit=2&after_id=${first.last_id}`)).json()) as typeof first;
    const all = (await (await get("/v1/models?limit=1000")).json()) as typeof first & { has_more: boolean };

    expect([first.data, next.data].flat().map(({ id }) => id)).toEqual(all.data.slice(0, 4).map(({ id }) => id));
    expect(all.has_more).toBe(false);
    expect(all.data.map(({ id }) => id)).not.toContain("claude-sonnet-4-20250514");
    expect((await get("/v1/models/claude-sonnet-4-20250514")).status).toBe(404);
    expect((await get("/v1/models?limit=0")).status).toBe(400);
  });
});
