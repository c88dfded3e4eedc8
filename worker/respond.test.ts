import { describe, expect, it } from "vitest";
import { ApiError, type Failure, ownFailure } from "./errors.ts";
import type { RequestRecord } from "./log.ts";
import { answerResponse, errorResponse, failureResponse } from "./respond.ts";

const newRecord = (): RequestRecord => ({ request_id: "req_1", http_method: "POST", method: "messages" });

describe("an answer's headers", () => {
  it("contain only the target's headers that are on the list", () => {
    const headers = {
      "content-type": "application/json",
      "request-id": "req_a",
      "retry-after": "7",
      "anthropic-ratelimit-requests-limit": "9",
      "anthropic-organization-id": "o",
      "cf-aig-step": "0",
      "set-cookie": "c=1",
      server: "s",
      "x-api-key": "k",
      "content-length": "3",
    };

    const answer = answerResponse(new Response("{}", { headers }), "{}", {}, newRecord());

    expect([...answer.headers.keys()].sort()).toEqual([
      "anthropic-organization-id",
      "anthropic-ratelimit-requests-limit",
      "cf-aig-step",
      "content-type",
      "request-id",
      "retry-after",
    ]);
  });

  it("contain the target's request id", () => {
    const answer = answerResponse(new Response("{}", { headers: { "request-id": "req_a" } }), "{}", {}, newRecord());

    expect(answer.headers.get("request-id")).toBe("req_a");
  });

  it.each([
    ["req_011CSHoEeqs5C35K2UUqR7Fy", "req_011CSHoEeqs5C35K2UUqR7Fy"],
    ["req a", undefined],
    ["r".repeat(81), undefined],
  ])("write the target's request id into the log if it looks like one: %s", (id, logged) => {
    const record = newRecord();

    answerResponse(new Response("{}", { headers: { "request-id": id } }), "{}", {}, record);

    expect(record.answer_id).toBe(logged);
  });

  it("contain the Worker's request id if the target sent none", () => {
    const answer = answerResponse(new Response("{}"), "{}", {}, newRecord());

    expect(answer.headers.get("request-id")).toBe("req_1");
  });

  it("say which targets were asked and what was left out or lost", () => {
    const about = { target: "anthropic", attempts: "anthropic=200", omitted: ["speed", "beta:x"], lost: "thinking" };

    const { headers } = answerResponse(new Response("{}"), "{}", about, newRecord());

    expect([...headers].filter(([name]) => name.startsWith("x-failover-"))).toEqual([
      ["x-failover-attempts", "anthropic=200"],
      ["x-failover-lost", "thinking"],
      ["x-failover-omitted", "speed,beta:x"],
      ["x-failover-target", "anthropic"],
    ]);
  });

  it("say why there was no Vertex step", () => {
    const { headers } = answerResponse(new Response("{}"), "{}", { skipped: "version", omitted: [] }, newRecord());

    expect(headers.get("x-failover-skipped")).toBe("version");
    expect(headers.has("x-failover-omitted")).toBe(false);
  });
});

describe("a failure", () => {
  it("from a provider keeps its bytes, and those of its headers that are on the list", async () => {
    const text = '{"type":"error", "error":{"type":"rate_limit_error","message":"m"}}';
    const headers = new Headers({ "retry-after": "7", "request-id": "req_a", server: "s" });
    const failure: Failure = { label: "429", status: 429, headers, body: { kind: "provider", text } };

    const response = failureResponse(failure, {}, newRecord());

    expect({ status: response.status, headers: Object.fromEntries(response.headers) }).toEqual({
      status: 429,
      headers: { "content-type": "application/json", "request-id": "req_a", "retry-after": "7" },
    });
    expect(await response.text()).toBe(text);
  });

  it("says which targets were asked, and why there was no Vertex step", () => {
    const about = { attempts: "anthropic=529", skipped: "version" };

    const { headers } = failureResponse(ownFailure("529", 529, "m"), about, newRecord());

    expect(headers.get("x-failover-attempts")).toBe("anthropic=529");
    expect(headers.get("x-failover-skipped")).toBe("version");
  });

  it("that we create has Anthropic's envelope and the request's id", async () => {
    const response = failureResponse(ownFailure("timeout", 504, "late"), {}, newRecord());

    expect(response.headers.get("request-id")).toBe("req_1");
    expect(await response.json()).toEqual({
      type: "error",
      error: { type: "timeout_error", message: "late" },
      request_id: "req_1",
    });
  });
});

it("errorResponse has Anthropic's envelope, the error's headers and the request's id", async () => {
  const response = errorResponse(new ApiError(405, "no", { allow: "GET" }), newRecord());

  expect(response.status).toBe(405);
  expect(Object.fromEntries(response.headers)).toEqual({
    allow: "GET",
    "content-type": "application/json",
    "request-id": "req_1",
  });
  expect(await response.json()).toEqual({
    type: "error",
    error: { type: "invalid_request_error", message: "no" },
    request_id: "req_1",
  });
});
