/** Anthropic's step: the caller's body as it is, and every `anthropic-*` header, known or not, as it is. */
import type { Method } from "./methods.ts";
import type { RequestBody } from "./request-body.ts";
import type { RequestContext } from "./request-context.ts";
import type { Step } from "./step.ts";

/** For callers that send none: the version every SDK before 1.0 sends. */
export const DEFAULT_VERSION = "2023-06-01";
export const ANTHROPIC_HOST = "api.anthropic.com";

/** For any request to Anthropic: the caller's `anthropic-*` headers, our key, and nothing compressed. */
export function anthropicHeaders(headers: Headers, apiKey: string): Record<string, string> {
  const sent: Record<string, string> = { "anthropic-version": DEFAULT_VERSION };
  for (const [name, value] of headers) if (name.startsWith("anthropic-")) sent[name] = value;
  return { ...sent, "x-api-key": apiKey, "accept-encoding": "identity" };
}

export function betasOf(headers: Headers): string[] {
  return (headers.get("anthropic-beta") ?? "")
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");
}

export function anthropicStep(method: Method, body: RequestBody, { request, url, secrets }: RequestContext): Step {
  return {
    target: { kind: "anthropic" },
    provider: "anthropic",
    host: ANTHROPIC_HOST,
    endpoint: `${method.anthropicPath}${url.search}`,
    headers: { ...anthropicHeaders(request.headers, secrets.anthropicApiKey), "content-type": "application/json" },
    body: [body.bytes.subarray(body.start, body.end)],
  };
}
