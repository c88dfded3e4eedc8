/** Makes Anthropic's step: the caller's body and `anthropic-*` headers unchanged, with our key. */
import { anthropicHeaders } from "../anthropic-headers.ts";
import type { RequestContext } from "../context.ts";
import type { Endpoint } from "../endpoints.ts";
import type { RequestBody } from "../request/body.ts";
import type { Step } from "./step.ts";

export const ANTHROPIC_HOST = "api.anthropic.com";

export function anthropicStep(endpoint: Endpoint, body: RequestBody, context: RequestContext): Step {
  const { anthropicHeaders: headers, url, secrets } = context;
  return {
    provider: "anthropic",
    host: ANTHROPIC_HOST,
    endpoint: `${endpoint.anthropicPath}${url.search}`,
    headers: { ...anthropicHeaders(headers, secrets.anthropicApiKey), "content-type": "application/json" },
    body: [body.bytes.subarray(body.start, body.end)],
  };
}
