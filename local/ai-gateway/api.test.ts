import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { Fault } from "../faults/faults.ts";
import type { Exchange } from "../http/exchange.ts";
import {
  ANTHROPIC_HEADERS,
  callGateway,
  callHost,
  PROJECT_ID,
  QUESTION,
  type TestCloud,
  useCloud,
} from "../testing/cloud.ts";

const cloud = useCloud();
const body = (more: object = {}) => JSON.stringify({ ...QUESTION, ...more });
const anthropicStep = (query: string, more: object = {}) => {
  const headers = JSON.stringify({ ...ANTHROPIC_HEADERS, ...more });
  return `{"provider":"anthropic","endpoint":"v1/messages","headers":${headers},"query":${query}}`;
};

function vertexStep({ accessToken }: TestCloud): string {
  const { model, ...question } = QUESTION;
  return JSON.stringify({
    provider: "google-vertex-ai",
    endpoint: `v1/projects/${PROJECT_ID}/locations/us-east5/publishers/anthropic/models/${model}:rawPredict`,
    headers: { authorization: `Bearer ${accessToken}` },
    query: { ...question, anthropic_version: "vertex-2023-10-16" },
  });
}

/** Resolves with the next exchange that reaches a host. */
function nextAt(host: string): Promise<Exchange> {
  return new Promise((resolve) => {
    cloud().cloud.onExchange = (exchange) => {
      if (exchange.host === host) resolve(exchange);
    };
  });
}

describe("a provider-native endpoint", () => {
  const native = (path: string, headers: Record<string, string> = ANTHROPIC_HEADERS) =>
    callGateway(cloud(), { path: `/anthropic${path}`, body: body(), headers });

  it("forwards method, path, query string and body, and sends no cf-aig-step", async () => {
    const reached = nextAt("api.anthropic.com");
    const answer = await native("/v1/messages?beta=true&a=%2F", { ...ANTHROPIC_HEADERS, "cf-aig-metadata": "{}" });
    const exchange = await reached;
    expect(answer.status).toBe(200);
    expect(answer.headers["cf-aig-step"]).toBeUndefined();
    expect(answer.headers["cf-aig-log-id"]).toBe(cloud().gateway.logs.at(-1)?.id);
    expect(cloud().gateway.logs.at(-1)).toMatchObject({ provider: "anthropic", status: 200 });
    expect(exchange.requestTarget).toBe("/v1/messages?beta=true&a=%2F");
    expect(exchange.body.toString()).toBe(body());
    expect(Object.keys(exchange.headers).filter((name) => name.startsWith("cf-aig-"))).toEqual([]);
  });

  it("accepts other methods", async () => {
    const answer = await callGateway(cloud(), { path: "/anthropic/v1/models?limit=1", headers: ANTHROPIC_HEADERS });
    expect(JSON.parse(answer.text)).toMatchObject({ has_more: true });
  });

  it("forwards the provider's error", async () => {
    cloud().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    expect((await native("/v1/messages")).status).toBe(529);
  });

  it("converts event streams to CRLF", async () => {
    const answer = await callGateway(cloud(), {
      path: "/anthropic/v1/messages",
      body: body({ stream: true }),
      headers: ANTHROPIC_HEADERS,
    });
    expect(answer.text).toMatch(/^event: message_start\r\n/);
    expect(answer.text).not.toMatch(/[^\r]\n/);
  });

  it.each<[string, string, Record<string, string>, number, number]>([
    [
      "a wrong run token",
      "/anthropic/v1/messages",
      { ...ANTHROPIC_HEADERS, "cf-aig-authorization": "Bearer x" },
      401,
      2009,
    ],
    ["no credential", "/anthropic/v1/messages", { "anthropic-version": "2023-06-01" }, 400, 2040],
    ["an unknown provider", "/constructor/v1/messages", ANTHROPIC_HEADERS, 400, 2008],
  ])("refuses a call with %s", async (_what, path, headers, status, code) => {
    const answer = await callGateway(cloud(), { path, body: body(), headers });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ name: "AiGatewayError", internalCode: code });
  });

  it.each<[string, Fault, Record<string, string>]>([
    ["refuses the connection", { mode: "refused", times: 1 }, {}],
    ["resets the connection", { mode: "reset" }, {}],
    ["does not answer in time", { mode: "hang" }, { "cf-aig-request-timeout": "50" }],
  ])("returns code 2005 when the provider %s", async (_what, fault, headers) => {
    cloud().cloud.context.faults.set("anthropic", fault);
    const answer = await native("/v1/messages", { ...ANTHROPIC_HEADERS, ...headers });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ internalCode: 2005 });
    expect(cloud().cloud.context.faults.peek("anthropic")?.times).toBeUndefined();
  });
});

describe("the Universal Endpoint", () => {
  it.each(["", "/"])("answers at the gateway's root with the ending %j", async (path) => {
    const answer = await callGateway(cloud(), { path, body: `[${anthropicStep(body())}]` });
    expect(answer.headers["cf-aig-step"]).toBe("0");
  });

  it("forwards queries byte for byte, or serializes them again if reprintsQueries is set", async () => {
    const query = `{ "max_tokens":1.6e1, ${body().slice(1)}`;
    const send = async () => {
      const reached = nextAt("api.anthropic.com");
      await callGateway(cloud(), { path: "", body: `[${anthropicStep(query)}]` });
      return (await reached).body.toString();
    };
    const passedOn = await send();
    cloud().gateway.reprintsQueries = true;
    const reprinted = await send();
    cloud().gateway.reprintsQueries = false;
    expect(passedOn).toBe(query);
    expect(reprinted).toBe(JSON.stringify(JSON.parse(query)));
  });

  it("tries the next step after a refused connection or a timeout", async () => {
    for (const [fault, headers] of [
      [{ mode: "refused" }, {}],
      [{ mode: "hang" }, { "cf-aig-request-timeout": "50" }],
    ] satisfies [Fault, object][]) {
      cloud().cloud.context.faults.set("anthropic", fault);
      const answer = await callGateway(cloud(), {
        path: "",
        body: `[${anthropicStep(body(), headers)},${vertexStep(cloud())}]`,
      });
      expect([answer.status, answer.headers["cf-aig-step"]]).toEqual([200, "1"]);
    }
  });

  it("counts calls without limiting them", async () => {
    const before = { ...cloud().gateway.calls };
    await callGateway(cloud(), { path: "", body: `[${anthropicStep(body())}]` });
    await callGateway(cloud(), { path: "/anthropic/v1/models", headers: ANTHROPIC_HEADERS });
    expect(cloud().gateway.calls).toEqual({ universal: before.universal + 1, native: before.native + 1 });
  });
});

describe("a caller that disconnects", () => {
  it.each<[string, Fault, string]>([
    ["before the answer, from a native endpoint", { mode: "hang" }, "/anthropic/v1/messages"],
    ["while it streams, from a native endpoint", { mode: "no_content" }, "/anthropic/v1/messages"],
    ["before the answer, from the Universal Endpoint", { mode: "hang" }, ""],
    ["while it streams, from the Universal Endpoint", { mode: "no_content" }, ""],
  ])("%s ends the call to the provider at once, and no other call follows", async (_what, fault, path) => {
    cloud().cloud.context.faults.set("anthropic", fault);
    const reached = nextAt("api.anthropic.com");
    const controller = new AbortController();
    const streamed = body({ stream: true });
    const call = callGateway(cloud(), {
      path,
      body: path ? streamed : `[${anthropicStep(streamed)},${vertexStep(cloud())}]`,
      headers: ANTHROPIC_HEADERS,
      signal: controller.signal,
    });
    const { response } = await reached;
    const hosts: string[] = [];
    cloud().cloud.onExchange = ({ host }) => hosts.push(host);
    const closed = once(response, "close");
    controller.abort();
    await Promise.allSettled([call, closed]);
    await callHost(cloud(), { path: "/faults" });
    expect(response.destroyed).toBe(true);
    expect(hosts).toEqual(["127.0.0.1"]);
  });
});

describe("faults of the gateway", () => {
  it.each([
    [2001, 400],
    [2003, 429],
    [2005, 400],
    [2008, 400],
    [2009, 401],
    [2040, 400],
    [2041, 429],
  ] as const)("code %d is sent with status %d in the gateway's envelope", async (code, status) => {
    cloud().cloud.context.faults.set("gateway", { mode: "gateway_error", code });
    const answer = await callGateway(cloud(), { path: "", body: "[]" });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ success: false, error: [{ code }], internalCode: code });
  });

  it.each([
    [502, "text/html", /^<html>/],
    [403, "text/plain; charset=UTF-8", /^error code: 1010$/],
  ])("a %d from the edge is not JSON", async (status, type, text) => {
    cloud().cloud.context.faults.set("gateway", { mode: "status", status });
    const answer = await callGateway(cloud(), { path: "", body: "[]" });
    expect(answer).toMatchObject({ status, headers: { "content-type": type } });
    expect(answer.text).toMatch(text);
  });

  it("are set over HTTP, and an unknown code is refused", async () => {
    const put = (fault: object) =>
      callHost(cloud(), { method: "PUT", path: "/faults/gateway", body: JSON.stringify(fault) });
    expect((await put({ mode: "gateway_error", code: 2003, times: 1 })).status).toBe(200);
    const refused = await put({ mode: "gateway_error", code: 1 });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("2003");
  });
});
