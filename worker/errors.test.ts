import { expect, it } from "vitest";
import { ApiError, errorResponse, errorStatus, errorType } from "./errors.ts";

/** platform.claude.com, "Errors". */
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

it.each(TYPES)("%i and %s are one error", (status, type) => {
  expect(errorType(status)).toBe(type);
  expect(errorStatus(type)).toBe(status);
});

it.each([
  [418, "invalid_request_error"],
  [499, "invalid_request_error"],
  [501, "api_error"],
  [502, "api_error"],
])("a status that Anthropic does not use (%i) has the type of its kind", (status, type) => {
  expect(errorType(status)).toBe(type);
});

it("a type that nobody knows yet is an error of the API", () => {
  expect(errorStatus("new_error")).toBe(500);
});

it("an answer of the Worker's own is Anthropic's envelope with an id", async () => {
  const response = errorResponse(new ApiError(405, "no", { allow: "GET" }), "req_1");
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
