import { describe, expect, it } from "vitest";
import type { Fault } from "../faults/faults.ts";
import { callHost, PROJECT_ID, QUESTION, useCloud } from "../testing/cloud.ts";

const cloud = useCloud();
const { model: MODEL, ...PROMPT } = QUESTION;
const BODY = { ...PROMPT, anthropic_version: "vertex-2023-10-16" };

interface VertexCall {
  location?: string;
  model?: string;
  verb?: string;
  body?: object | string;
  headers?: Record<string, string>;
}

async function call({ location = "us-east5", model = MODEL, verb = "rawPredict", body = BODY, headers }: VertexCall) {
  const answer = await callHost(cloud(), {
    host: `${location}-aiplatform.googleapis.com`,
    path: `/v1/projects/${PROJECT_ID}/locations/${location}/publishers/anthropic/models/${model}:${verb}`,
    headers: { authorization: `Bearer ${cloud().accessToken}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, value: JSON.parse(answer.text) };
}

describe("counting tokens on Vertex", () => {
  const count = (more: object, location = "us-east5") =>
    call({ model: "count-tokens", location, body: { ...BODY, model: MODEL, max_tokens: undefined, ...more } });

  it.each(["us-east5", "europe-west1", "asia-southeast1"])(
    "works in %s, for the model in the body",
    async (location) => {
      expect(await count({}, location)).toMatchObject({ status: 200, value: { input_tokens: 8 } });
    },
  );

  it("counts for models that this location does not serve", async () => {
    expect(await count({ model: "claude-opus-5-5" })).toMatchObject({ status: 200 });
  });

  it("returns 404 in other locations and for unknown models", async () => {
    expect(await count({}, "us-central1")).toMatchObject({ status: 404, value: { error: { status: "NOT_FOUND" } } });
    expect(await count({ model: "claude-sonnet-4-5-20250929" })).toMatchObject({
      status: 404,
      value: { type: "error", error: { type: "not_found_error" } },
    });
  });
});

describe("a request that Vertex refuses", () => {
  it("returns 400 in Anthropic's envelope", async () => {
    const { status, headers, value } = await call({ body: { ...BODY, service_tier: "auto" } });
    expect(status).toBe(400);
    expect(headers["request-id"]).toMatch(/^req_vrtx_/);
    expect(value).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: "service_tier: Extra inputs are not permitted" },
    });
  });

  it("returns 413 above 30 MB", async () => {
    const body = JSON.stringify(BODY);
    const limit = 30 * 1024 * 1024;
    expect(await call({ body: body.padEnd(limit) })).toMatchObject({ status: 200 });
    expect(await call({ body: body.padEnd(limit + 1) })).toMatchObject({
      status: 413,
      value: { error: { type: "request_too_large" } },
    });
  });
});

describe("an error from Google's front end", () => {
  it.each<[Fault, string, RegExp]>([
    [{ mode: "status", status: 400, shape: "google" }, "FAILED_PRECONDITION", /allowedPartnerModelFeatures/],
    [{ mode: "status", status: 401 }, "UNAUTHENTICATED", /credentials/],
    [{ mode: "status", status: 403 }, "PERMISSION_DENIED", new RegExp(PROJECT_ID)],
    [{ mode: "status", status: 404 }, "NOT_FOUND", new RegExp(`projects/${PROJECT_ID}/locations/us-east5`)],
    [{ mode: "status", status: 429 }, "RESOURCE_EXHAUSTED", new RegExp(`Quota exceeded.*${PROJECT_ID}`)],
    [{ mode: "status", status: 500, shape: "google" }, "INTERNAL", /Internal/],
    [{ mode: "status", status: 503 }, "UNAVAILABLE", /unavailable/],
    [{ mode: "status", status: 504, shape: "google" }, "DEADLINE_EXCEEDED", /Deadline/],
  ])("for %j is an object, or an array from streamRawPredict", async (fault, status, message) => {
    cloud().cloud.context.faults.set("vertex", fault);
    const expected = { error: { status, message: expect.stringMatching(message) } };
    expect((await call({})).value).toMatchObject(expected);
    expect((await call({ verb: "streamRawPredict" })).value).toMatchObject([expected]);
  });

  it("comes from the model layer when the fault says so", async () => {
    cloud().cloud.context.faults.set("vertex", { mode: "status", status: 429, shape: "anthropic" });
    expect((await call({})).value).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
  });

  it("has retry-after only when the fault sets it", async () => {
    cloud().cloud.context.faults.set("vertex", { mode: "status", status: 429 });
    expect((await call({})).headers["retry-after"]).toBeUndefined();
    cloud().cloud.context.faults.set("vertex", { mode: "status", status: 429, retryAfterS: 3 });
    expect((await call({})).headers["retry-after"]).toBe("3");
  });
});
