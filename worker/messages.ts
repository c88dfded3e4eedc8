/** `POST /v1/messages`: authenticate → read the body → plan the chain → walk it → respond. */
import { anthropicStep, betasOf } from "./anthropic.ts";
import type { Settings } from "./bindings.ts";
import { planChain, type Target, targetName } from "./chain.ts";
import { authenticate } from "./clients.ts";
import { type Walked, walk } from "./failover.ts";
import { callUniversal } from "./gateway.ts";
import { cachedToken, freshToken, type KeepAlive } from "./google-token.ts";
import { readRequestBody } from "./request-body.ts";
import { respond } from "./respond.ts";
import type { Step } from "./step.ts";
import { vertexStep } from "./vertex.ts";

/** How much longer than the gateway the Worker waits, so that the gateway's own time limits come first. */
const GATEWAY_MARGIN_MS = 5_000;

export async function handleMessages(
  request: Request,
  settings: Settings,
  keepAlive: KeepAlive,
  requestId: string,
): Promise<Response> {
  const client = await authenticate(request.headers, settings.clients);
  const body = await readRequestBody(request);
  const chain = planChain(body, betasOf(request.headers), settings);
  const { timeouts } = settings;
  const stepTimeoutMs = body.stream ? timeouts.firstByteMs : timeouts.jsonMs;

  let accessToken: string | undefined;
  const hasVertexToken = () => {
    accessToken ??= cachedToken(settings.googleCredential, keepAlive);
    return accessToken !== undefined;
  };
  const awaitVertexToken = async () => {
    accessToken = await freshToken(settings.googleCredential, keepAlive);
  };
  const buildStep = (target: Target): Step => {
    if (target.kind === "anthropic") return anthropicStep(body, request, settings);
    const { model, adaptation } = chain;
    if (!model || !adaptation || !accessToken) throw new Error("a Vertex target needs a model and a token");
    const version = request.headers.get("anthropic-version");
    return vertexStep(target.location, {
      body,
      version,
      model,
      adaptation,
      project: settings.googleProject,
      accessToken,
    });
  };
  const send = (targets: readonly Target[], timeoutMs: number) =>
    withTimeout(
      Math.min(timeoutMs, stepTimeoutMs * targets.length + GATEWAY_MARGIN_MS),
      body.stream,
      request.signal,
      (signal) =>
        callUniversal(settings, { steps: targets.map(buildStep), stepTimeoutMs, client: client.name, signal }),
    );

  const walked: Walked = await walk({
    targets: chain.targets,
    expected: {
      stream: body.stream,
      firstEventMs: timeouts.firstEventMs,
      modelIsKnown: chain.model !== undefined,
      requestId,
    },
    deadlineMs: Date.now() + timeouts.chainMs,
    hasVertexToken,
    awaitVertexToken,
    send,
  });
  return respond(walked, {
    requestId,
    "x-failover-target": walked.served ? targetName(walked.served) : undefined,
    "x-failover-attempts": walked.attempts.join(";"),
    "x-failover-skipped": chain.skipped,
    "x-failover-omitted": walked.served?.kind === "vertex" ? chain.adaptation?.report.join(",") : undefined,
  });
}

/** A streamed answer is timed to its headers only; what follows is the stream's own matter. */
async function withTimeout(
  ms: number,
  toHeadersOnly: boolean,
  callerSignal: AbortSignal,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  if (!toHeadersOnly) return send(AbortSignal.any([callerSignal, AbortSignal.timeout(ms)]));
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException("no first byte", "TimeoutError")), ms);
  try {
    return await send(AbortSignal.any([callerSignal, controller.signal]));
  } finally {
    clearTimeout(timer);
  }
}
