/**
 * Sends steps in one of three ways. `universal` gives the whole chain to the gateway's Universal
 * Endpoint, which walks it. Cloudflare deprecated this endpoint in May 2026 and says that it "will
 * continue to work". `direct` sends one step to the gateway's endpoint for the provider. `bypass`
 * sends one step to the provider's own host, for times when the gateway is down. Source:
 * developers.cloudflare.com/ai-gateway/usage/universal and /usage/providers.
 */

import type { Settings } from "./bindings.ts";
import { utf8 } from "./bytes.ts";
import type { RequestContext } from "./context.ts";
import type { Routing } from "./options.ts";
import type { Slices, Uploads } from "./request/uploads.ts";
import type { Step } from "./targets/step.ts";

/**
 * Maximum size of a request to the Universal Endpoint; the gateway is known to accept this size.
 * The Worker sends the rest of a longer chain in another call.
 */
const MAX_UNIVERSAL_BYTES = 64 * 1024 * 1024;

export interface Call {
  /**
   * How long the gateway waits in `universal` for a step's first byte before it tries the next
   * step. The last step has no such limit.
   */
  targetMs: number;
  uploads: Uploads;
  signal: AbortSignal;
}

/** @returns how many steps of this size one call can have */
export function stepsPerCall(routing: Routing, bodyBytes: number): number {
  return routing === "universal" ? Math.max(1, Math.floor(MAX_UNIVERSAL_BYTES / Math.max(1, bodyBytes))) : 1;
}

/**
 * Rejects like `fetch` if there is no answer. @param steps at least one, and at most as many as
 * `stepsPerCall` allows
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

/**
 * @returns the URL of a provider's endpoint: at the gateway, or at the provider's host in `bypass`
 */
export function providerUrl(
  { gatewayUrl, options }: Pick<Settings, "gatewayUrl" | "options">,
  step: Pick<Step, "provider" | "host" | "endpoint" | "gatewayPrefix">,
): string {
  return options.routing === "bypass"
    ? `https://${step.host}/${step.endpoint}`
    : `${gatewayUrl}/${step.provider}/${gatewayPath(step)}`;
}

function gatewayPath({ gatewayPrefix = "", endpoint }: Pick<Step, "endpoint" | "gatewayPrefix">): string {
  return gatewayPrefix + endpoint;
}

/** @returns the headers for the gateway; in `bypass` there are none */
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

/**
 * @returns the JSON array of steps as slices, in which each `query` consists of the step's own
 * bytes
 */
export function universalBody(steps: readonly Step[], targetMs: number): Slices {
  const slices: Uint8Array[] = [];
  for (const step of steps) {
    const { provider, headers, body } = step;
    const stepHeaders = { ...headers, "cf-aig-request-timeout": String(targetMs) };
    const members = [
      `"provider":${JSON.stringify(provider)}`,
      `"endpoint":${JSON.stringify(gatewayPath(step))}`,
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
