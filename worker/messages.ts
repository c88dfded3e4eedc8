/**
 * Handles `POST /v1/messages` and `/v1/messages/count_tokens`: reads the body, plans the chain,
 * runs it, and responds. It also fills in the record from which `index.ts` writes the log line.
 */

import { choosesAccount } from "./anthropic-headers.ts";
import { streamUnread } from "./anthropic-only.ts";
import type { Reply, RequestContext } from "./context.ts";
import type { Endpoint } from "./endpoints.ts";
import { namesOfFailed } from "./failover/attempts.ts";
import { attemptsText, type ChainResult, runChain } from "./failover/run.ts";
import { TargetHealth } from "./failover/target-health.ts";
import { finalError } from "./final-error.ts";
import { loggable, loggableSkipped } from "./loggable.ts";
import type { Options } from "./options.ts";
import { interpret, type RequestBody, readBody } from "./request/body.ts";
import type { Lease } from "./request/memory-budget.ts";
import { handBack, Uploads } from "./request/uploads.ts";
import { type About, answerResponse, failureResponse } from "./respond.ts";
import { deliver } from "./response/deliver.ts";
import { stepsPerCall } from "./send.ts";
import { beginTurn, whenReady } from "./stickiness/begin-turn.ts";
import { sessionOf } from "./stickiness/session.ts";
import { type Chain, modelKey, planChain } from "./targets/chain.ts";
import { drilledTargets } from "./targets/drill.ts";
import { namesStoredObjects } from "./targets/fit.ts";
import { StepBuilder } from "./targets/step-builder.ts";
import { targetName } from "./targets/target.ts";
import { vertexSessionOf } from "./targets/vertex-session.ts";

/** Smaller buffers are left to V8's garbage collector. */
const HANDED_BACK_BYTES = 64 * 1024;
/**
 * A lease ends this long after all time limits of the request. By then nothing can hold the body.
 */
const LEASE_GRACE_MS = 30_000;

export async function handleMessages(endpoint: Endpoint, context: RequestContext): Promise<Reply> {
  const { request, isolate, client, startedMs, record } = context;
  const { bodyMs, chainMs } = isolate.settings.options.timeouts;
  const lease = isolate.memory.lease(client.name, startedMs + bodyMs + chainMs + LEASE_GRACE_MS);
  try {
    const reading = await readBody(request, { lease, bodyMs });
    if (reading.kind === "no_room") return await streamUnread(context, endpoint, reading, lease);
    record.request_bytes = reading.bytes.length;
    return await answer(endpoint, interpret(reading.bytes), lease, context);
  } catch (error) {
    lease.release();
    throw error;
  }
}

async function answer(endpoint: Endpoint, body: RequestBody, lease: Lease, context: RequestContext): Promise<Reply> {
  const { request, anthropicHeaders, isolate, client, caller, startedMs, record, keepAlive } = context;
  const { settings, breaker, neighbours } = isolate;
  const { timeouts, routing, force } = settings.options;
  const chain = planChain(endpoint, body, anthropicHeaders, settings);
  record.model = modelKey(chain);
  const drilled = drilledTargets(request.headers, client);
  // The header may name anything; the log has only targets of this chain.
  record.drilled = textOf(chain.targets.map(targetName).filter((name) => drilled.has(name)));
  // With one target there is nothing to stay on.
  const session = chain.targets.length > 1 ? sessionOf(request.headers, body) : undefined;
  const uploads = new Uploads();
  const targetMs = body.stream ? timeouts.firstByteMs : timeouts.jsonMs;
  const deadlineMs = startedMs + timeouts.chainMs;
  const vertexSession = await vertexSessionOf(session, chain, context);
  const steps = new StepBuilder({ endpoint, body, chain, drilled, targetMs, uploads, vertexSession }, context);
  const requester = { client: client.name, model: modelKey(chain) };
  const health = new TargetHealth(breaker, requester, drilled, { neighbours, keepAlive });
  const turn = record.drilled ? undefined : beginTurn(endpoint, body, chain, session?.id, context);
  const preferred = await whenReady(turn?.preferred(Date.now()), steps, deadlineMs);
  const { isSticky, ...order } = health.order(chain.targets, force, preferred?.target);

  const result = await runChain({
    ...order,
    groupSize: stepsPerCall(routing, body.end - body.start),
    expected: {
      stream: body.stream,
      shape: endpoint.shape,
      modelIsKnown: chain.model !== undefined,
      namesStoredObjects: namesStoredObjects(body),
      callerChoseAccount: choosesAccount(anthropicHeaders, body),
    },
    limits: { targetMs, firstEventMs: timeouts.firstEventMs, deadlineMs },
    caller,
    health,
    steps,
  });

  const about = aboutOf(result, lost(result, chain, body, settings.options), steps);
  about.sticky = isSticky ? preferred?.reason : undefined;
  record.target = about.target;
  record.attempts = result.attempts;
  record.skipped = about.skipped && loggableSkipped(about.skipped);
  record.omitted = textOf((about.omitted ?? []).map(loggable));
  record.lost = about.lost;
  record.sticky = about.sticky;
  record.open_circuits = health.openCircuits();
  if (result.served) turn?.answered(result.served);
  // A small body was copied for each call, so nothing is waited for. Each `waitUntil` costs time.
  if (uploads.areSettled) giveBack(body, lease);
  else keepAlive.waitUntil(uploads.settled().then(() => giveBack(body, lease)));
  if (!result.answer || !result.limit) {
    if (!caller.hasLeft && !result.isCallerError) turn?.failed(namesOfFailed(result.attempts), Date.now());
    uploads.abort();
    return { response: failureResponse(finalError(result, about.skipped), about, record) };
  }
  const { body: answered, ended } = deliver(result.answer.body, result.limit, timeouts.idleMs);
  const response = answerResponse(result.answer.response, answered, about, record);
  if (!ended) {
    turn?.whole(Date.now());
    uploads.abort();
    return { response };
  }
  const whenEnded = ended.then((watched) => {
    // The target has answered in full, so it will not read the rest of the request.
    uploads.abort();
    if (result.served) health.streamEnded(result.served, watched);
    turn?.ended(watched.end, Date.now());
    return watched.end;
  });
  return { response, ended: whenEnded };
}

/** Absent from the log if there is nothing. */
function textOf(words: readonly string[]): string | undefined {
  return words.length > 0 ? words.join(",") : undefined;
}

/** Releases the body's memory. No upload may read from it any more. */
function giveBack(body: RequestBody, lease: Lease): void {
  if (body.bytes.length >= HANDED_BACK_BYTES) handBack(body.bytes);
  lease.release();
}

function aboutOf({ served, attempts }: ChainResult, lost: string | undefined, steps: StepBuilder): About {
  const about = { target: served && targetName(served), attempts: attemptsText(attempts) };
  return { ...about, skipped: steps.skipped(served?.kind), omitted: served ? steps.omitted(served.kind) : [], lost };
}

/**
 * @returns "thinking" if the model has dropped the thinking of another organisation, which it does
 * without an error. The first provider of the chain is taken for the one that has signed it.
 */
function lost(
  { served }: ChainResult,
  { model }: Chain,
  { features }: RequestBody,
  { chain }: Options,
): string | undefined {
  if (!served || served.kind === chain[0]) return undefined;
  const hasThinking = features.has("block:thinking") || features.has("block:redacted_thinking");
  return model?.bindsThinkingToOrganization && hasThinking ? "thinking" : undefined;
}
