/**
 * Passes requests to Anthropic without reading their bodies, and without failover. These are
 * requests whose body does not fit into this isolate's memory, and requests about message batches
 * and files, which exist only at Anthropic. The response is classified like any other.
 */

import { anthropicHeaders, choosesAccount } from "./anthropic-headers.ts";
import type { Reply, RequestContext } from "./context.ts";
import type { Endpoint } from "./endpoints.ts";
import { ApiError } from "./errors.ts";
import { type Attempted, attempt } from "./failover/attempt.ts";
import { AttemptLog } from "./failover/attempts.ts";
import { attemptsText } from "./failover/run.ts";
import type { Reading } from "./request/body.ts";
import type { Lease } from "./request/memory-budget.ts";
import { handBack } from "./request/uploads.ts";
import { answerResponse, failureResponse } from "./respond.ts";
import type { AnswerShape, Outcome } from "./response/classify.ts";
import { deliver } from "./response/deliver.ts";
import { gatewayHeaders, providerUrl } from "./send.ts";
import { ANTHROPIC_HOST } from "./targets/anthropic.ts";
import { ANTHROPIC } from "./targets/target.ts";

/** Time limit for the headers of an answer. It is long, because uploads are slow. */
const ANSWER_MS = 280_000;
/**
 * The address of a batch's results. SDKs call it with the client's token, so it must be an address
 * of this Worker.
 */
const RESULTS_URL = /("results_url":\s*")https:\/\/api\.anthropic\.com(?=\/)/g;

/**
 * A request to Anthropic. `path` has no leading slash; a `body` of null means that nothing is sent.
 */
export interface Passed {
  path: string;
  body: ReadableStream | null;
  shape: AnswerShape;
  limitMs: number;
}

/**
 * Sends a body that was partly read and does not fit into memory. There is only one attempt,
 * because the body is gone after it was sent.
 */
export async function streamUnread(
  context: RequestContext,
  endpoint: Endpoint,
  { held, rest }: Extract<Reading, { kind: "no_room" }>,
  lease: Lease,
): Promise<Reply> {
  const declared = Number(context.request.headers.get("content-length") ?? Number.NaN);
  const body = rejoined(held, rest, declared, lease);
  const { timeouts } = context.isolate.settings.options;
  const passed: Passed = { path: endpoint.anthropicPath, body, shape: "any", limitMs: timeouts.chainMs };
  const reply = await pass(context, passed, "memory");
  context.keepAlive.waitUntil((reply.ended ?? Promise.resolve()).then(() => lease.release()));
  return reply;
}

/**
 * Passes on requests about batches and files. Only clients with the right to use them may send
 * these, because all clients share one Anthropic key.
 */
export async function passThrough(context: RequestContext, shape: AnswerShape): Promise<Reply> {
  const { client, url, request } = context;
  if (!client.batches) {
    throw new ApiError(
      403,
      `The client ${client.name} may not use batches and files: allow it in the stack's "clients".`,
      { "x-should-retry": "false" },
    );
  }
  return pass(context, { path: url.pathname.slice(1), body: request.body, shape, limitMs: ANSWER_MS });
}

async function pass(context: RequestContext, passed: Passed, skipped?: string): Promise<Reply> {
  const { isolate, url, record } = context;
  const { outcome, ms, limit } = await askAnthropic(context, passed);
  const log = new AttemptLog();
  record.attempts = log.attempts;
  record.skipped = skipped;
  if (outcome.kind !== "answer") return failed(context, outcome, ms, log);
  const { answer } = outcome;
  log.answered(ANTHROPIC, answer.response.status, ms);
  record.target = "anthropic";
  const about = { target: "anthropic", attempts: attemptsText(log.attempts), skipped };
  const ownText = answer.body.kind === "text" ? answer.body.text.replace(RESULTS_URL, `$1${url.origin}`) : undefined;
  const body = ownText === undefined ? answer.body : { kind: "text" as const, text: ownText };
  const delivery = deliver(body, limit, isolate.settings.options.timeouts.idleMs);
  return {
    response: answerResponse(answer.response, delivery.body, about, record),
    ...(delivery.ended ? { ended: delivery.ended.then(({ end }) => end) } : {}),
  };
}

function failed(
  { record }: RequestContext,
  { failure }: Exclude<Outcome, { kind: "answer" }>,
  ms: number,
  log: AttemptLog,
): Reply {
  log.failed(ANTHROPIC, failure, ms);
  const about = { attempts: attemptsText(log.attempts), skipped: record.skipped };
  return { response: failureResponse(log.mostUseful(), about, record) };
}

/** Sends one attempt to Anthropic. */
export function askAnthropic(context: RequestContext, { path, body, shape, limitMs }: Passed): Promise<Attempted> {
  const { request, url, isolate, secrets, caller, startedMs } = context;
  const { settings } = isolate;
  const endpoint = `${path}${url.search}`;
  const contentType = request.headers.get("content-type");
  const send = (signal: AbortSignal) =>
    fetch(providerUrl(settings, { provider: "anthropic", host: ANTHROPIC_HOST, endpoint }), {
      method: request.method,
      redirect: "manual",
      signal,
      headers: {
        ...anthropicHeaders(context.anthropicHeaders, secrets.anthropicApiKey),
        ...(contentType ? { "content-type": contentType } : {}),
        ...gatewayHeaders(context),
      },
      body,
    });
  const expected = {
    stream: undefined,
    shape,
    modelIsKnown: false,
    namesStoredObjects: true,
    callerChoseAccount: choosesAccount(context.anthropicHeaders),
  };
  const { firstEventMs, chainMs } = settings.options.timeouts;
  const limits = { targetMs: limitMs, firstEventMs, deadlineMs: startedMs + chainMs };
  return attempt(send, 1, expected, limits, caller);
}

/** @returns the bytes that were already read, followed by the rest of the body */
function rejoined(
  held: readonly Uint8Array[],
  rest: ReadableStreamBYOBReader,
  declared: number,
  lease: Lease,
): ReadableStream {
  const { readable, writable } = Number.isNaN(declared)
    ? new IdentityTransformStream()
    : new FixedLengthStream(declared);
  const forward = async () => {
    const writer = writable.getWriter();
    try {
      for (const bytes of held) {
        await writer.write(bytes);
        handBack(bytes);
      }
      lease.growTo(0);
      // One buffer is used for all reads. V8 would collect separate buffers much too late.
      let buffer = new Uint8Array(FORWARD_BUFFER_BYTES);
      for (;;) {
        const { value, done } = await rest.read(buffer);
        if (done) break;
        await writer.write(value);
        buffer = new Uint8Array(value.buffer);
      }
      await writer.close();
    } catch {
      // The caller has disconnected, or Anthropic stopped reading. The call then fails by itself.
      await writer.abort().catch(() => undefined);
      await rest.cancel().catch(() => undefined);
    }
  };
  forward();
  return readable;
}

const FORWARD_BUFFER_BYTES = 64 * 1024;
