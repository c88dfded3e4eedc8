/**
 * Requests that go to Anthropic alone and are streamed both ways, never held: bodies for which this isolate has no room, and
 * message batches and files, whose objects exist only there.
 */
import { ANTHROPIC_HOST, anthropicHeaders } from "./anthropic.ts";
import { ApiError } from "./errors.ts";
import { walk } from "./failover.ts";
import type { RequestContext } from "./request-context.ts";
import { fromAnthropic, respond } from "./respond.ts";
import { gatewayHeaders, providerUrl } from "./routing.ts";
import { ANTHROPIC } from "./target.ts";

/** To the answer's headers; uploads and result files may take their time after that. */
const FIRST_BYTE_MS = 280_000;

const BATCH = /^\/v1\/messages\/batches(\/[^/]+(\/cancel)?)?$/;
const RESULTS_URL = /("results_url":\s*")https:\/\/api\.anthropic\.com(?=\/)/g;

/** One attempt: the body is gone once it was sent. What comes back is inspected as any other answer. */
export async function streamToAnthropic(context: RequestContext, path: string, skipped: string): Promise<Response> {
  const { request, settings, requestId } = context;
  const walked = await walk({
    targets: [ANTHROPIC],
    expected: {
      stream: undefined,
      firstEventMs: settings.options.timeouts.firstEventMs,
      modelIsKnown: false,
      requestId,
      onStreamEnd: () => undefined,
    },
    deadlineMs: Date.now() + settings.options.timeouts.chainMs,
    maxBatch: 1,
    signal: request.signal,
    anthropicIsOpen: true,
    vertexToken: { isAtHand: () => false, fetch: () => Promise.reject(new Error("no Vertex target")) },
    limitMs: () => FIRST_BYTE_MS,
    send: (_targets, signal) => fetchAnthropic(context, path, signal),
    repair: () => false,
    otherRunToken: () => false,
    onHealth: () => undefined,
  });
  return respond(walked, { requestId, skipped, omitted: [] });
}

/** Batches and files: only for clients that the configuration allows it, since all clients share one Anthropic key. */
export async function passThrough(context: RequestContext): Promise<Response> {
  const { client, url } = context;
  if (!client.batches) {
    throw new ApiError(
      403,
      `The client ${client.name} may not use batches and files: allow it in the stack's "clients".`,
    );
  }
  const response = await askAnthropic(context, FIRST_BYTE_MS).catch(() => {
    throw new ApiError(502, "Anthropic could not be reached.");
  });
  const body = BATCH.test(url.pathname) ? withOwnResultsUrl(await response.text(), url.origin) : response.body;
  return fromAnthropic(response, body);
}

/** A batch names the address of its results, and SDKs call it with their token: it must be this Worker's, not Anthropic's. */
function withOwnResultsUrl(batches: string, origin: string): string {
  return batches.replace(RESULTS_URL, (_match, member: string) => `${member}${origin}`);
}

/** The caller's own path at Anthropic. @param limitMs to the answer's headers; a caller that leaves ends it too. */
export async function askAnthropic(context: RequestContext, limitMs: number): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  try {
    const signal = AbortSignal.any([context.request.signal, limit.signal]);
    return await fetchAnthropic(context, context.url.pathname.slice(1), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** @param path without a slash in front. */
function fetchAnthropic(context: RequestContext, path: string, signal: AbortSignal): Promise<Response> {
  const { request, settings, secrets, url } = context;
  const contentType = request.headers.get("content-type");
  const endpoint = `${path}${url.search}`;
  return fetch(providerUrl(settings, { provider: "anthropic", host: ANTHROPIC_HOST, endpoint }), {
    method: request.method,
    redirect: "manual",
    signal,
    headers: {
      ...anthropicHeaders(request.headers, secrets.anthropicApiKey),
      ...(contentType ? { "content-type": contentType } : {}),
      ...gatewayHeaders(context),
    },
    body: request.body,
  });
}
