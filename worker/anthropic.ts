/** Anthropic's step: the caller's body as it is, and every `anthropic-*` header, known or not, as it is. */
import type { Settings } from "./bindings.ts";
import type { RequestBody } from "./request-body.ts";
import type { Step } from "./step.ts";

/** For callers that send none: the version every SDK before 1.0 sends. */
export const DEFAULT_VERSION = "2023-06-01";

/** Every `anthropic-*` header of the caller but the one that would name another way to authenticate. */
export function anthropicHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = { "anthropic-version": DEFAULT_VERSION };
  for (const [name, value] of headers) if (name.startsWith("anthropic-")) kept[name] = value;
  return kept;
}

export function betasOf(headers: Headers): string[] {
  return (headers.get("anthropic-beta") ?? "")
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");
}

export function anthropicStep(body: RequestBody, request: Request, settings: Settings): Step {
  return {
    target: { kind: "anthropic" },
    provider: "anthropic",
    endpoint: `v1/messages${new URL(request.url).search}`,
    headers: {
      ...anthropicHeaders(request.headers),
      "x-api-key": settings.anthropicApiKey,
      "content-type": "application/json",
      "accept-encoding": "identity",
    },
    body: [body.bytes.subarray(body.start, body.end)],
  };
}
