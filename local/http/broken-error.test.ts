import { describe, expect, it } from "vitest";
import type { Fault } from "../faults/faults.ts";
import {
  ANTHROPIC_HEADERS,
  type Call,
  callAnthropic,
  callGateway,
  callHost,
  openCall,
  QUESTION,
  RUN_TOKEN,
  useCloud,
  vertexCall,
} from "../testing/cloud.ts";

const cloud = useCloud();
const body = JSON.stringify(QUESTION);
const question: Call = { host: "api.anthropic.com", path: "/v1/messages", headers: ANTHROPIC_HEADERS, body };
const fail = (target: string, fault: Fault) => cloud().cloud.context.faults.set(target, fault);

describe("a stalled error", () => {
  it("has Anthropic's status and headers, and half of its body", async () => {
    fail("anthropic", { mode: "stalled_error" });
    const answer = await openCall(cloud(), question);
    expect(answer.status).toBe(529);
    expect(answer.headers["request-id"]).toMatch(/^req_/);
    expect(answer.headers["content-type"]).toBe("application/json");
    const text = await answer.until(/^\{"type":"error","error"/);
    expect(text.length).toBe(Math.floor(Number(answer.headers["content-length"]) / 2));
    expect(await answer.staysOpen()).toBe(true);
  });

  it.each([
    [529, /^\{"type":"error"/],
    [503, /^\{"error":\{"code":503/],
  ])("comes from the Vertex layer that returns a %d", async (status, text) => {
    fail("vertex", { mode: "stalled_error", status });
    const answer = await openCall(cloud(), vertexCall(cloud(), false));
    expect(answer.status).toBe(status);
    await expect(answer.until(text)).resolves.not.toMatch(/\}$/);
    expect(await answer.staysOpen()).toBe(true);
  });

  it("passes through the gateway when no other step is left", async () => {
    fail("anthropic", { mode: "stalled_error", status: 500 });
    const answer = await openCall(cloud(), {
      path: "/v1/account/gateway/anthropic/v1/messages",
      headers: { ...ANTHROPIC_HEADERS, "cf-aig-authorization": `Bearer ${RUN_TOKEN}` },
      body,
    });
    expect(answer.status).toBe(500);
    await answer.until(/^\{"type":"error"/);
    expect(await answer.staysOpen()).toBe(true);
  });

  it.each([
    [{ mode: "stalled_error" }, 502, /^<html>/],
    [{ mode: "stalled_error", status: 403 }, 403, /^error/],
  ] as const)("comes from Cloudflare's edge for %j", async (fault, status, text) => {
    fail("gateway", fault);
    const answer = await openCall(cloud(), { path: "/v1/account/gateway", body: "[]" });
    expect(answer.status).toBe(status);
    await answer.until(text);
    expect(await answer.staysOpen()).toBe(true);
  });
});

describe("an oversized error", () => {
  it.each([1, 200_000, 3_000_000])("has at least %d bytes, in Anthropic's envelope", async (bytes) => {
    fail("anthropic", { mode: "oversized_error", bytes });
    const answer = await callAnthropic(cloud(), { path: "/v1/messages", body });
    expect(answer.status).toBe(400);
    expect(answer.bytes.length).toBeGreaterThanOrEqual(bytes);
    expect(JSON.parse(answer.text)).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });

  it("is in Anthropic's envelope on Vertex too, for any status", async () => {
    fail("vertex", { mode: "oversized_error", status: 429, bytes: 5_000 });
    const answer = await callHost(cloud(), vertexCall(cloud(), true));
    expect(answer.status).toBe(429);
    expect(answer.bytes.length).toBeGreaterThanOrEqual(5_000);
    expect(JSON.parse(answer.text)).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
  });

  it("passes through the gateway whole", async () => {
    fail("anthropic", { mode: "oversized_error" });
    const answer = await callGateway(cloud(), { path: "/anthropic/v1/messages", body, headers: ANTHROPIC_HEADERS });
    expect(answer.bytes.length).toBeGreaterThanOrEqual(200_000);
    expect(answer.complete).toBe(true);
  });
});

describe("an error status", () => {
  it("has the fault's message, whatever characters it contains", async () => {
    const message = 'data: "\r\n\u0000<script>é\u2028';
    fail("anthropic", { mode: "status", status: 400, message });
    const answer = await callAnthropic(cloud(), { path: "/v1/messages", body });
    expect(JSON.parse(answer.text).error.message).toBe(message);
  });
});
