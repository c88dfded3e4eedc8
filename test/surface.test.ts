/** What the Worker answers by itself: each in Anthropic's envelope, with a request id. */
import { describe, expect, it } from "vitest";
import { clientToken, post, QUESTION, useStack } from "./local-stack.ts";

const stack = useStack();
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
  ])("refuses %s with a 401", async (_what, headers) => {
    await expectError(await post(stack(), question, headers), 401, "authentication_error", /client token/);
  });

  it("accepts a token as a bearer, as 1.x SDKs and Claude Code send it", async () => {
    const headers = { "x-api-key": "", authorization: `Bearer ${clientToken(stack())}` };
    expect((await post(stack(), question, headers)).status).toBe(200);
  });

  it.each(["", "not json", "[]", '{"model":"m"', '{"model":"m"}x', '"model"'])(
    "refuses the body %j with a 400 that says where",
    async (body) => {
      await expectError(await post(stack(), body), 400, "invalid_request_error", /not valid: .* \(at byte \d+\)/);
    },
  );

  it("refuses a body over 32 MB with a 413, with and without a declared length", async () => {
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

  it("reads a chunked body of any size up to the limit", async () => {
    const padding = " ".repeat(200_000);
    const chunks = new Blob([question, padding]).stream();
    const response = await request("/v1/messages", { method: "POST", body: chunks, duplex: "half" } as RequestInit);
    expect(response.status).toBe(200);
  });

  it.each(["/", "/v1", "/v1/complete", "/v1/messages/", "/v1/organizations", "/__proto__", "/constructor"])(
    "answers %s with a 404",
    async (path) => {
      await expectError(await request(path), 404, "not_found_error", /There is nothing at/);
    },
  );

  it("answers a wrong method with a 405 that says which is right", async () => {
    const response = await request("/v1/messages");
    expect(response.headers.get("allow")).toBe("POST");
    await expectError(response, 405, "invalid_request_error", /GET is not allowed/);
  });

  it("tells its health to anybody, and nothing else", async () => {
    const response = await fetch(`${stack().runtime.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", environment: "local" });
  });

  it("ignores a query string", async () => {
    const response = await request("/v1/messages?beta=true", { method: "POST", body: question });
    expect(response.status).toBe(200);
  });
});
