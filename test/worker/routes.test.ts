/**
 * The Worker's paths, and the errors that it creates itself: each has Anthropic's envelope and a
 * request id.
 */
import { describe, expect, it } from "vitest";
import { clientToken, NEVER_OPEN, post, QUESTION, useSandbox } from "../support/sandbox.ts";

const stack = useSandbox();
const question = JSON.stringify(QUESTION);
const request = (path: string, init: RequestInit = {}) =>
  fetch(`${stack().runtime.url}${path}`, { ...init, headers: { "x-api-key": clientToken(stack()), ...init.headers } });

async function expectError(response: Response, status: number, type: string, message: RegExp): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("request-id")).toMatch(/^req_failover_[0-9a-f]{32}$/);
  expect(await response.json()).toEqual({
    type: "error",
    error: { type, message: expect.stringMatching(message) },
    request_id: response.headers.get("request-id"),
  });
}

describe("the Worker", () => {
  it.each([
    ["a wrong x-api-key", { "x-api-key": "wrong" }],
    ["a wrong bearer", { "x-api-key": "", authorization: "Bearer wrong" }],
    ["no credential", { "x-api-key": "" }],
    ["a credential of another scheme", { "x-api-key": "", authorization: "Basic d3Jvbmc=" }],
  ])("returns 401 for %s", async (_what, headers) => {
    await expectError(await post(stack(), question, headers), 401, "authentication_error", /client token/);
  });

  it("accepts a bearer token, which Claude Code and the 1.x SDKs send", async () => {
    const headers = { "x-api-key": "", authorization: `Bearer ${clientToken(stack())}` };
    expect((await post(stack(), question, headers)).status).toBe(200);
  });

  it.each(["", "not json", "[]", '{"model":"m"', '{"model":"m"}x', '"model"'])(
    "returns 400 with the position of the error for the body %j",
    async (body) => {
      await expectError(await post(stack(), body), 400, "invalid_request_error", /not valid: .* \(at byte \d+\)/);
    },
  );

  it("returns 413 for a body over 32 MB, with and without a content-length", async () => {
    const tooLarge = new Uint8Array(32 * 1024 * 1024 + 1).fill(0x20);
    await expectError(await post(stack(), tooLarge), 413, "request_too_large", /33554432 bytes/);
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 33; i++) controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
        controller.close();
      },
    });
    const chunked = await request("/v1/messages", { method: "POST", body: chunks, duplex: "half" } as RequestInit);
    await expectError(chunked, 413, "request_too_large", /33554432 bytes/);
  });

  it("accepts a chunked body", async () => {
    const padding = " ".repeat(200_000);
    const chunks = new Blob([question, padding]).stream();
    const response = await request("/v1/messages", { method: "POST", body: chunks, duplex: "half" } as RequestInit);
    expect(response.status).toBe(200);
  });

  it.each(["/v1", "/v1/complete", "/v1/messages/", "/v1/organizations", "/__proto__", "/constructor"])(
    "returns 404 for %s",
    async (path) => {
      await expectError(await request(path), 404, "not_found_error", /There is nothing at/);
    },
  );

  it("returns 405 with an allow header for a wrong method", async () => {
    const response = await request("/v1/messages");
    expect(response.headers.get("allow")).toBe("POST");
    await expectError(response, 405, "invalid_request_error", /GET is not allowed/);
  });

  it("answers a health check without a token, with the status, the environment and the version only", async () => {
    const response = await fetch(`${stack().runtime.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", environment: "local", version: expect.any(String) });
  });

  it("ignores a query string", async () => {
    const response = await request("/v1/messages?beta=true", { method: "POST", body: question });
    expect(response.status).toBe(200);
  });
});

describe("the rest of Anthropic's API", () => {
  const clients = ["app", { name: "batcher", batches: true }];
  const api = useSandbox({ config: { clients, breaker: NEVER_OPEN, corsOrigins: ["https://app.example.com"] } });
  const call = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}, client = "app") =>
    fetch(`${api().runtime.url}${path}`, {
      ...init,
      headers: {
        "anthropic-version": "2023-06-01",
        "x-api-key": api().outputs.clientTokens[client] ?? "",
        ...init.headers,
      },
    });
  const { max_tokens: _, ...countable } = QUESTION;

  it.each(["/v1/messages", "/v1/v1/messages", "/messages", "/v1/messages?beta=true"])(
    "accepts the paths that clients build from different base URLs: %s",
    async (path) => {
      expect((await call(path, { method: "POST", body: question })).status).toBe(200);
    },
  );

  it("counts tokens, on Vertex when Anthropic fails", async () => {
    const count = () => call("/v1/messages/count_tokens", { method: "POST", body: JSON.stringify(countable) });
    const healthy = await count();
    expect(healthy.headers.get("x-failover-target")).toBe("anthropic");
    expect(await healthy.json()).toEqual({ input_tokens: 8 });
    api().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const failedOver = await count();
    expect(failedOver.headers.get("x-failover-target")).toBe("vertex/us-east5");
    expect(await failedOver.json()).toEqual({ input_tokens: 8 });
  });

  it("serves the models from Anthropic, and from its own table when Anthropic fails", async () => {
    const healthy = await call("/v1/models?limit=1000");
    expect(healthy.headers.get("x-failover-target")).toBe("anthropic");
    expect(await healthy.json()).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ type: "model" })]),
    });
    api().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const table = await call("/v1/models");
    expect(table.headers.get("x-failover-target")).toBe("table");
    expect(await table.json()).toMatchObject({
      has_more: false,
      data: expect.arrayContaining([expect.objectContaining({ id: QUESTION.model })]),
    });
    expect(await (await call("/v1/models/claude-sonnet-4-5")).json()).toMatchObject({
      id: "claude-sonnet-4-5-20250929",
    });
    expect((await call("/v1/models/claude-nobody")).status).toBe(404);
  });

  it("passes on Anthropic's 404 for a model", async () => {
    const response = await call("/v1/models/claude-nobody");
    expect(response.status).toBe(404);
    expect(response.headers.get("x-failover-target")).toBe("anthropic");
  });

  it("returns 403 for batches and files to a client that may not use them", async () => {
    for (const path of ["/v1/messages/batches", "/v1/files"]) {
      await expectError(await call(path), 403, "permission_error", /The client app may not use batches and files/);
    }
  });

  it("passes on batches to Anthropic for a client that may use them", async () => {
    const requests = [{ custom_id: "a", params: QUESTION }];
    const created = await call(
      "/v1/messages/batches",
      { method: "POST", body: JSON.stringify({ requests }), headers: { "content-type": "application/json" } },
      "batcher",
    );
    expect(created.status).toBe(200);
    const { id, results_url: resultsUrl } = (await created.json()) as { id: string; results_url: string | null };
    expect(resultsUrl ?? api().runtime.url).toContain(api().runtime.url);
    expect((await call(`/v1/messages/batches/${id}`, {}, "batcher")).status).toBe(200);
    expect((await call(`/v1/messages/batches/${id}/elsewhere`, {}, "batcher")).status).toBe(404);
  });

  it.each([
    "/v1/organizations/users",
    "/v1/organizations/api_keys",
    "/v1/workspaces",
    "/v1/messages/batches/../../organizations",
  ])("returns 404 for the paths of Anthropic's Admin API: %s", async (path) => {
    expect((await call(path, {}, "batcher")).status).toBe(404);
  });

  it("answers the HEAD requests that Claude Code sends at its start", async () => {
    for (const path of ["/", "/api/hello"]) {
      const response = await fetch(`${api().runtime.url}${path}`, { method: "HEAD" });
      expect(response.status).toBe(200);
    }
  });

  it("allows browsers only from the configured origin", async () => {
    const preflight = (origin: string) =>
      fetch(`${api().runtime.url}/v1/messages`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key" },
      });
    const allowed = await preflight("https://app.example.com");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    expect(allowed.headers.get("access-control-allow-headers")).toBe("x-api-key");
    const refused = await preflight("https://evil.example.com");
    expect(refused.status).toBe(405);
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();
    const answered = await call("/v1/messages", {
      method: "POST",
      body: question,
      headers: { origin: "https://app.example.com" },
    });
    expect(answered.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  });

  it("forwards unknown anthropic-* headers, but no other header of the caller", async () => {
    const sent: Record<string, string | undefined>[] = [];
    api().cloud.onExchange = ({ host, headers }) => {
      if (host === "api.anthropic.com") sent.push(headers);
    };
    const headers = {
      "anthropic-new-thing": "x",
      cookie: "a=b",
      "cf-aig-skip-cache": "false",
      "x-forwarded-for": "1.2.3.4",
    };
    await call("/v1/messages", { method: "POST", body: question, headers });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ "anthropic-new-thing": "x", "x-api-key": api().anthropicApiKey });
    expect(Object.keys(sent[0] ?? {})).not.toContain("cookie");
    expect(Object.keys(sent[0] ?? {})).not.toContain("x-forwarded-for");
  });
});
