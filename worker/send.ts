/**
 * The three ways to send steps, behind one function. `universal` gives the gateway the whole chain
 * and it walks it (the Universal Endpoint, deprecated since May 2026, "will continue to work");
 * `direct` calls the gateway's provider-native endpoint with one step; `bypass` calls the
 * provider's own host, for when the gateway itself is down. Source:
 * developers.cloudflare.com/ai-gateway/usage/universal and /usage/providers.
 */

import type { Settings } from "./bindings.ts";
import { utf8 } from "./bytes.ts";
import type { RequestContext } from "./context.ts";
import type { Routing } from "./options.ts";
import type { Slices, Uploads } from "./request/uploads.ts";
import type { Step } from "./targets/step.ts";

/**
 * A universal request stays below what the gateway's edge is known to take; the rest of a chain
 * follows by continuation.
 */
const MAX_UNIVERSAL_BYTES = 64 * 1024 * 1024;

export interface Call {
  /**
   * In `universal`: how long the gateway waits for a step's first byte before it tries the next step.
   * The last step has no such limit.
   */
  targetMs: number;
  uploads: Uploads;
  signal: AbortSignal;
}

/** How many steps one call carries, given the size of each. */
export function stepsPerCall(routing: Routing, bodyBytes: number): number {
  return routing === "universal" ? Math.max(1, Math.floor(MAX_UNIVERSAL_BYTES / Math.max(1, bodyBytes))) : 1;
}

/**
 * @param steps as many as `stepsPerCall` says, at least one. Rejects as `fetch` does where there is
 * no answer.
 */
export function send(context: RequestContext, steps: readonly Step[], call: Call): Promise<Response> {
  const [step] = steps;
  if (!step) throw new Error("a call needs a step");
  const { settings } = context.isolate;
  switch (settings.options.routing) {
    case "universal": {
      const headers = { "content-type": "application/json", "accept-encoding": "identity", ...gatewayHeaders(context) };
      return post(settings.gatewayUrl, headers, universalBody(steps, call.targetMs), call);
    }
    case "direct":
    case "bypass":
      return post(providerUrl(settings, step), { ...step.headers, ...gatewayHeaders(context) }, step.body, call);
  }
}

/** A provider's own endpoint: through the gateway, or at its host where the gateway is bypassed. */
export function providerUrl(
  { gatewayUrl, options }: Pick<Settings, "gatewayUrl" | "options">,
  step: Pick<Step, "provider" | "host" | "endpoint">,
): string {
  return options.routing === "bypass"
    ? `https://${step.host}/${step.endpoint}`
    : `${gatewayUrl}/${step.provider}/${step.endpoint}`;
}

/** Headers for the gateway; none in `bypass`. */
export function gatewayHeaders({ isolate, secrets, client, record }: RequestContext): Record<string, string> {
  const { environment, options } = isolate.settings;
  if (options.routing === "bypass") return {};
  return {
    "cf-aig-authorization": `Bearer ${secrets.gatewayToken}`,
    "cf-aig-skip-cache": "true",
    "cf-aig-collect-log-payload": String(options.logPayloads),
    "cf-aig-metadata": JSON.stringify({ client: client.name, environment, request: record.request_id }),
  };
}

/** The array of steps, spliced: each `query` is a step's own bytes. */
export function universalBody(steps: readonly Step[], targetMs: number): Slices {
  const slices: Uint8Array[] = [];
  for (const { provider, endpoint, headers, body } of steps) {
    const stepHeaders = { ...headers, "cf-aig-request-timeout": String(targetMs) };
    const members = [
      `"provider":${JSON.stringify(provider)}`,
      `"endpoint":${JSON.stringify(endpoint)}`,
      `"headers":${JSON.stringify(stepHeaders)}`,
      `"query":`,
    ];
    slices.push(utf8(`${slices.length === 0 ? "[" : ","}{${members.join(",")}`), ...body, utf8("}"));
  }
  slices.push(utf8("]"));
  return slices;
}

function post(url: string, headers: Record<string, string>, body: Slices, { uploads, signal }: Call) {
  return fetch(url, { method: "POST", redirect: "manual", signal, headers, body: uploads.toBody(body) });
}
