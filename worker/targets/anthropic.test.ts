import { expect, it } from "vitest";
import type { RequestContext } from "../context.ts";
import { COUNT_TOKENS } from "../endpoints.ts";
import { interpret } from "../request/body.ts";
import { anthropicStep } from "./anthropic.ts";

it("the Anthropic step has the caller's body, query and anthropic-* headers, and our key", () => {
  const context = {
    anthropicHeaders: new Map([["anthropic-beta", "b"]]),
    url: new URL("https://worker.test/v1/messages/count_tokens?beta=true"),
    secrets: { anthropicApiKey: "ours" },
  } as unknown as RequestContext;
  const body = interpret(new TextEncoder().encode(' {"model":"m"} '));

  const { body: slices, ...step } = anthropicStep(COUNT_TOKENS, body, context);

  expect(step).toEqual({
    provider: "anthropic",
    host: "api.anthropic.com",
    endpoint: "v1/messages/count_tokens?beta=true",
    headers: {
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "b",
      "x-api-key": "ours",
      "accept-encoding": "identity",
      "content-type": "application/json",
    },
  });
  expect(Buffer.concat(slices as Uint8Array[]).toString("utf8")).toBe('{"model":"m"}');
});
