import { describe, expect, it } from "vitest";
import { preflight, withCors } from "./cors.ts";

const ORIGINS = ["https://app.example"];

const request = (headers: Record<string, string>, method = "OPTIONS") =>
  new Request("https://worker.test/v1/messages", { method, headers });

describe("a preflight request", () => {
  it("from a configured origin is allowed the headers that it asks for", () => {
    const asked = { origin: "https://app.example", "access-control-request-headers": "x-api-key, anthropic-beta" };

    const response = preflight(request(asked), ORIGINS);

    expect(response?.status).toBe(204);
    expect(Object.fromEntries(response?.headers ?? [])).toEqual({
      "access-control-allow-origin": "https://app.example",
      "access-control-expose-headers": "*",
      "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
      "access-control-allow-headers": "x-api-key, anthropic-beta",
      "access-control-max-age": "86400",
      vary: "Origin",
    });
  });

  it("that asks for no headers is allowed no headers", () => {
    const response = preflight(request({ origin: "https://app.example" }), ORIGINS);

    expect(response?.headers.get("access-control-allow-headers")).toBe("");
  });

  it.each<[string, Record<string, string>, readonly string[]]>([
    ["another origin", { origin: "https://evil.example" }, ORIGINS],
    ["an origin that starts with a configured one", { origin: "https://app.example.evil" }, ORIGINS],
    ["no origin", {}, ORIGINS],
    ["any origin if none is configured", { origin: "https://app.example" }, []],
  ])("is not answered from %s", (_what, headers, origins) => {
    expect(preflight(request(headers), origins)).toBeUndefined();
  });

  it("is not a request with another method", () => {
    expect(preflight(request({ origin: "https://app.example" }, "POST"), ORIGINS)).toBeUndefined();
  });
});

describe("a response", () => {
  it("to a configured origin has CORS headers", () => {
    const response = withCors(request({ origin: "https://app.example" }, "POST"), new Response("{}"), ORIGINS);

    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-expose-headers": "*",
      vary: "Origin",
    });
  });

  it.each<[string, Record<string, string>]>([
    ["another origin", { origin: "https://evil.example" }],
    ["no origin", {}],
  ])("to %s has no CORS headers", (_what, headers) => {
    const response = withCors(request(headers, "POST"), Response.json({}), ORIGINS);

    expect(Object.fromEntries(response.headers)).toEqual({ "content-type": "application/json" });
  });
});
