import { describe, expect, it } from "vitest";
import { errorBody, errorStatus, errorType, ownFailure } from "./errors.ts";

/** Source: platform.claude.com, "Errors". */
const TYPES: readonly [status: number, type: string][] = [
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
];

describe("a status", () => {
  it.each(TYPES)("%i has the type %s", (status, type) => {
    expect(errorType(status)).toBe(type);
  });

  it.each([
    [405, "invalid_request_error"],
    [418, "invalid_request_error"],
    [499, "invalid_request_error"],
    [501, "api_error"],
    [502, "api_error"],
    [503, "api_error"],
  ])("%i, which Anthropic does not use, has the type %s", (status, type) => {
    expect(errorType(status)).toBe(type);
  });
});

describe("an error type", () => {
  it.each(TYPES)("has the status %i: %s", (status, type) => {
    expect(errorStatus(type)).toBe(status);
  });

  it.each(["new_error", "", "constructor", "__proto__"])("has the status 500 if it is unknown: %j", (type) => {
    expect(errorStatus(type)).toBe(500);
  });
});

describe("the body of an error that we create", () => {
  it("is Anthropic's envelope with the request's id", () => {
    expect(JSON.parse(errorBody({ type: "api_error", message: "no" }, "req_1"))).toEqual({
      type: "error",
      error: { type: "api_error", message: "no" },
      request_id: "req_1",
    });
  });

  it("has no request_id without an id", () => {
    expect(JSON.parse(errorBody({ type: "api_error", message: "no" }))).not.toHaveProperty("request_id");
  });

  it("contains the details that clients act on", () => {
    const details = { error_code: "thread_not_found" };
    expect(JSON.parse(errorBody({ type: "not_found_error", message: "no", details }))).toMatchObject({
      error: { details },
    });
  });
});

it("ownFailure derives the error's type from its status", () => {
  expect(ownFailure("timeout", 504, "late")).toMatchObject({
    label: "timeout",
    status: 504,
    body: { kind: "own", error: { type: "timeout_error", message: "late" } },
  });
});
