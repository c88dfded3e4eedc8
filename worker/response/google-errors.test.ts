import { expect, it } from "vitest";
import { googleErrorStatus } from "./google-errors.ts";

it.each<[string, unknown, number | undefined]>([
  ["an object", { error: { code: 403, message: "m", status: "PERMISSION_DENIED" } }, 403],
  ["an object inside a list", [{ error: { code: 429 } }], 429],
  ["a 503, which Anthropic calls a 529", { error: { code: 503 } }, 529],
  ["a code that is a string", { error: { code: "invalid_api_key" } }, undefined],
  ["no code", { error: {} }, undefined],
  ["no error", {}, undefined],
  ["a null error", { error: null }, undefined],
  ["an empty list", [], undefined],
  ["null", null, undefined],
  ["undefined", undefined, undefined],
])("googleErrorStatus reads %s", (_what, body, status) => {
  expect(googleErrorStatus(body)).toBe(status);
});
