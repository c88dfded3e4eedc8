/** A stack for one test file, and the clients that call it. */
import Anthropic from "@anthropic-ai/sdk";
import AnthropicV0 from "anthropic-sdk-0";
import { afterAll, afterEach, beforeAll } from "vitest";
import { Sandbox, type StackOptions } from "../../local/sandbox/index.ts";

/** Served by Anthropic, and by Vertex in us-east5, on any day that matters here. */
export const MODEL = "claude-sonnet-4-6";

/**
 * For stacks whose tests are not about the breaker: one test's failures must not move the next
 * one's targets, nor have the next request look at them.
 */
export const NEVER_OPEN = { failures: 1_000_000, windowMs: 1 };

/**
 * Brings a stack up before the file's tests and clears its faults after each. Its isolate has a
 * Google token at hand, as it has in all but its first second, unless the tests are about that
 * second. @returns how to get at it in a test.
 */
export function useStack(options: StackOptions = {}, { cold = false } = {}): () => Sandbox {
  let stack: Sandbox | undefined;
  beforeAll(async () => {
    stack = await Sandbox.up(options);
    if (!cold) await warmUp(stack);
  });
  afterEach(() => {
    if (stack) stack.cloud.onExchange = undefined;
    stack?.cloud.context.faults.clear();
  });
  afterAll(() => stack?.down());
  return () => {
    if (!stack) throw new Error("the stack is not up yet");
    return stack;
  };
}

/** One failover has Google asked for a token; the success behind it leaves no failure in a row. */
export async function warmUp(stack: Sandbox): Promise<void> {
  stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
  await (await post(stack, JSON.stringify(QUESTION))).text();
  stack.cloud.context.faults.clear();
  await (await post(stack, JSON.stringify(QUESTION))).text();
}

export function clientToken({ outputs }: Sandbox): string {
  const [token] = Object.values(outputs.clientTokens);
  if (!token) throw new Error("the stack has no client");
  return token;
}

/** Both majors have the same surface as far as the tests go. */
export const SDKS = [
  ["@anthropic-ai/sdk 1.x", Anthropic],
  ["@anthropic-ai/sdk 0.x", AnthropicV0 as unknown as typeof Anthropic],
] as const;

export function sdkClient(Sdk: typeof Anthropic, stack: Sandbox): Anthropic {
  return new Sdk({ baseURL: stack.runtime.url, apiKey: clientToken(stack), maxRetries: 0 });
}

export const QUESTION = { model: MODEL, max_tokens: 16, messages: [{ role: "user" as const, content: "Hello" }] };

/** A request as any HTTP client would send it. */
export function post(
  stack: Sandbox,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${stack.runtime.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      "x-api-key": clientToken(stack),
      ...headers,
    },
    body,
  });
}
