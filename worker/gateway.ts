/**
 * Sends steps through Cloudflare AI Gateway's Universal Endpoint: one call, the gateway walks the steps in order and says in
 * `cf-aig-step` which one answered. Source: developers.cloudflare.com/ai-gateway/usage/universal (deprecated since May 2026,
 * "will continue to work").
 */
import type { Settings } from "./bindings.ts";
import { byteLength, type Slices, type Step, utf8 } from "./step.ts";

/** Up to here one buffer is cheaper than a stream; above, copies would cost the isolate's memory. */
const ONE_BUFFER_BYTES = 1024 * 1024;
/** The slices that kept a 64 MB upload within 33 MB above its source, measured in workerd. */
const WRITE_SLICE_BYTES = 256 * 1024;

export interface GatewayCall {
  /** At least one, in order. */
  steps: readonly Step[];
  /** Of each step but the last: how long the gateway waits for its first byte before it goes on. */
  stepTimeoutMs: number;
  /** Name of the client, for the gateway's log. */
  client: string;
  signal: AbortSignal;
}

/** Rejects as `fetch` does where there is no answer. */
export function callUniversal(settings: Settings, call: GatewayCall): Promise<Response> {
  return fetch(settings.gatewayUrl, {
    method: "POST",
    redirect: "manual",
    signal: call.signal,
    headers: {
      "content-type": "application/json",
      "accept-encoding": "identity",
      "cf-aig-authorization": `Bearer ${settings.gatewayToken}`,
      "cf-aig-skip-cache": "true",
      "cf-aig-collect-log-payload": String(settings.logPayloads),
      "cf-aig-metadata": JSON.stringify({ client: call.client, environment: settings.environment }),
    },
    body: requestBody(universalBody(call)),
  });
}

export function universalBody(call: Pick<GatewayCall, "steps" | "stepTimeoutMs">): Slices {
  const slices: Uint8Array[] = [];
  for (const { provider, endpoint, headers, body } of call.steps) {
    const controls = { "cf-aig-request-timeout": String(call.stepTimeoutMs) };
    const envelope = JSON.stringify({ provider, endpoint, headers: { ...headers, ...controls } });
    slices.push(utf8(`${slices.length === 0 ? "[" : "},"}${envelope.slice(0, -1)},"query":`), ...body);
  }
  slices.push(utf8("}]"));
  return slices;
}

function requestBody(slices: Slices): BodyInit {
  const length = byteLength(slices);
  if (length <= ONE_BUFFER_BYTES) {
    const buffer = new Uint8Array(length);
    let at = 0;
    for (const slice of slices) {
      buffer.set(slice, at);
      at += slice.length;
    }
    return buffer;
  }
  const { readable, writable } = new FixedLengthStream(length);
  // Never awaited: where the target answers early the writer does not settle, and the answer must not wait for it.
  writeSlices(slices, writable.getWriter()).catch(() => undefined);
  return readable;
}

async function writeSlices(slices: Slices, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (const slice of slices) {
    for (let from = 0; from < slice.length; from += WRITE_SLICE_BYTES) {
      await writer.write(slice.subarray(from, from + WRITE_SLICE_BYTES));
    }
  }
  await writer.close();
}
