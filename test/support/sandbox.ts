/** Starts a stack for a test file, and calls it as clients do. */
import Anthropic from "@anthropic-ai/sdk";
import AnthropicV0 from "anthropic-sdk-0";
import { afterAll, afterEach, beforeAll } from "vitest";
import { Sandbox, type StackOptions } from "../../local/sandbox/index.ts";

/** Both Anthropic and Vertex in us-east5 serve this model on every date that the tests use. */
export const MODEL = "claude-sonnet-4-6";

/**
 * One Vertex location, for tests of other things than locations: then a request has two targets,
 * and a test can name everyone who was asked.
 */
export const ONE_LOCATION = { vertexLocations: ["us-east5"] };

/**
 * Switches the breaker off, for tests of other things. One test's failures must not change the
 * order of targets in the next test, nor make its first request check on a failed target.
 */
export const NEVER_OPEN = { failures: 1_000_000, windowMs: 1 };

/**
 * Starts a stack before the tests and clears its faults after each test. The Worker already has a
 * Google token, as it does after its first second. With `cold` it has none yet. A test that sets no
 * locations gets `ONE_LOCATION`, not the default.
 *
 * @returns a function that gives the running stack to a test
 */
export function useSandbox(options: StackOptions = {}, { cold = false } = {}): () => Sandbox {
  let stack: Sandbox | undefined;
  beforeAll(async () => {
    stack = await Sandbox.up({ ...options, config: { ...ONE_LOCATION, ...options.config } });
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

/**
 * The failover makes the Worker fetch a Google token. The success after it resets the count of
 * failures.
 */
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

/** Both major versions have the methods that the tests call, so one type serves for both. */
export const SDKS = [
  ["@anthropic-ai/sdk 1.x", Anthropic],
  ["@anthropic-ai/sdk 0.x", AnthropicV0 as unknown as typeof Anthropic],
] as const;

export function sdkClient(Sdk: typeof Anthropic, stack: Sandbox): Anthropic {
  return new Sdk({ baseURL: stack.runtime.url, apiKey: clientToken(stack), maxRetries: 0 });
}

export const QUESTION = { model: MODEL, max_tokens: 16, messages: [{ role: "user" as const, content: "Hello" }] };

/** Sends a request with plain `fetch`, without an SDK. */
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
