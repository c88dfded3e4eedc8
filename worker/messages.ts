/**
 * `POST /v1/messages` and `/v1/messages/count_tokens`: read the body → plan the chain → walk it → respond → log.
 */
import { Breaker } from "./breaker.ts";
import { modelKey, orderNow, planChain } from "./chain.ts";
import { drilledTargets } from "./drill.ts";
import { walk } from "./failover.ts";
import { doubtAnthropicKey } from "./key-check.ts";
import { logRequest } from "./log.ts";
import type { Method } from "./methods.ts";
import type { Failure } from "./outcome.ts";
import { streamToAnthropic } from "./pass-through.ts";
import { type RequestBody, readRequestBody } from "./request-body.ts";
import type { RequestContext } from "./request-context.ts";
import { respond } from "./respond.ts";
import { send, stepsPerCall } from "./routing.ts";
import { StepBuilder } from "./step-builder.ts";
import type { StreamEnd } from "./stream.ts";
import { ANTHROPIC, type Target, targetName } from "./target.ts";
import { learn } from "./vertex-repair.ts";

/** How much longer than the gateway the Worker waits at most, so that the gateway's own time limits come first. */
const MAX_GATEWAY_MARGIN_MS = 5_000;

let isolateBreaker: Breaker | undefined;

export async function handleMessages(method: Method, context: RequestContext): Promise<Response> {
  const startedMs = Date.now();
  const reading = await readRequestBody(context.request);
  if (reading.kind === "no_room") return streamToAnthropic(context, method.anthropicPath, "memory");
  return answer(method, reading.body, context, startedMs).finally(reading.release);
}

async function answer(
  method: Method,
  body: RequestBody,
  context: RequestContext,
  startedMs: number,
): Promise<Response> {
  const { request, settings, secrets, client, requestId } = context;
  const { timeouts, routing, force } = settings.options;
  isolateBreaker ??= new Breaker(settings.options.breaker);
  const breaker = isolateBreaker;
  const requestBytes = body.bytes.length;
  const chain = planChain(method, body, settings);
  const drilled = drilledTargets(request.headers, client);
  const steps = new StepBuilder(method, body, chain, drilled, context);
  const stepTimeoutMs = body.stream ? timeouts.firstByteMs : timeouts.jsonMs;
  const streamEnd = Promise.withResolvers<StreamEnd>();

  const walked = await walk({
    targets: orderNow(chain, breaker, force, startedMs),
    expected: {
      stream: body.stream,
      firstEventMs: timeouts.firstEventMs,
      modelIsKnown: chain.model !== undefined,
      requestId,
      onStreamEnd: streamEnd.resolve,
    },
    deadlineMs: startedMs + timeouts.chainMs,
    maxBatch: stepsPerCall(routing, body.end - body.start),
    signal: request.signal,
    anthropicIsOpen: breaker.isOpen(ANTHROPIC, modelKey(chain)),
    vertexToken: steps,
    limitMs: (targets) =>
      stepTimeoutMs * targets + (routing === "universal" ? Math.min(stepTimeoutMs, MAX_GATEWAY_MARGIN_MS) : 0),
    send: (targets, signal) =>
      send(
        context,
        targets.map((target) => steps.build(target)),
        { stepTimeoutMs, signal },
      ),
    repair: (target, failure) =>
      target.kind === "vertex"
        ? failure.status === 400 && learn(failure.body, chain.model?.vertexId ?? "", method)
        : failure.status === 401 && !drilled.has(targetName(target)) && secrets.anthropicRefused(),
    otherRunToken: () => secrets.gatewayRefused(),
    onHealth: (target, failure) => {
      if (drilled.has(targetName(target))) return;
      if (target === ANTHROPIC && failure === "unknown") doubtAnthropicKey(context);
      noteHealth(breaker, target, failure, modelKey(chain));
      if (target.kind === "vertex" && failure && refusesToken(failure)) steps.dropToken();
    },
  });
  const response = respond(walked, {
    requestId,
    skipped: chain.skipped,
    omitted: walked.served?.kind === "vertex" ? steps.omitted : [],
  });
  const ms = Date.now() - startedMs;
  const log = (stream?: StreamEnd) =>
    logRequest({
      request_id: requestId,
      method: method.name,
      client: client.name,
      model: modelKey(chain),
      status: response.status,
      target: walked.served && targetName(walked.served),
      attempts: walked.attempts,
      skipped: chain.skipped,
      request_bytes: requestBytes,
      ms,
      stream,
      stream_ms: stream && Date.now() - startedMs,
      open_circuits: breaker.openCircuits(),
    });
  if (body.stream && walked.response) streamEnd.promise.then(log);
  else log();
  return response;
}

function noteHealth(breaker: Breaker, target: Target, failure: Failure | "unknown" | undefined, model: string): void {
  if (failure === undefined) return breaker.succeeded(target, model);
  if (failure === "unknown") return breaker.failed(target, model, 0, 0, Date.now());
  const retryAfterMs = Number(failure.headers.get("retry-after") ?? 0) * 1_000 || 0;
  breaker.failed(target, model, failure.status, retryAfterMs, Date.now());
}

/** A 401 says so; through the Universal Endpoint a rejected Google token looks like a 500 that is not in Anthropic's envelope. */
function refusesToken(failure: Failure | "unknown"): boolean {
  return failure !== "unknown" && (failure.label === "401" || (failure.label === "500" && !failure.isAnthropics));
}
