/**
 * `POST /v1/messages` and `/v1/messages/count_tokens` of api.anthropic.com. Source:
 * platform.claude.com, API reference.
 */

import { problemWithPrompt, problemWithRequest, sendAnswer } from "../claude/messages-api.ts";
import { type ServedModel, servedByAnthropic } from "../claude/models.ts";
import { countTokens } from "../claude/reply.ts";
import type { MessagesRequest } from "../claude/request.ts";
import { jsonBody } from "../http/exchange.ts";
import { ANSWER_HEADERS, type AnthropicCall, answerJson, refuse } from "./call.ts";
import { openThread } from "./threads.ts";

type Request = MessagesRequest & Record<string, unknown>;

export function createMessage(call: AnthropicCall): void {
  const accepted = accept(call, problemWithRequest);
  if (!accepted) return;
  const thread = openThread(call, accepted.request);
  if (!thread) return;
  const { exchange, requestId, fault } = call;
  const served = { idMark: "", requestId, model: accepted.model.anthropicId, headers: ANSWER_HEADERS } as const;
  const message = sendAnswer(exchange, thread.request, served, fault);
  if (!fault) thread.keep(message);
}

export function countMessageTokens(call: AnthropicCall): void {
  const accepted = accept(call, problemWithPrompt);
  if (accepted) answerJson(call, { input_tokens: countTokens(accepted.request) });
}

/** @returns undefined after it has refused the request */
function accept(
  call: AnthropicCall,
  problemWithBody: (body: unknown) => string | undefined,
): { request: Request; model: ServedModel } | undefined {
  const body = jsonBody(call.exchange);
  const problem = problemWithBody(body);
  if (problem) {
    refuse(call, 400, problem);
    return undefined;
  }
  const request = body as Request;
  const removed = call.removedMembers.find((name) => name in request);
  if (removed) refuse(call, 400, `${removed}: Extra inputs are not permitted`);
  else if (typeof request.model !== "string") refuse(call, 400, "model: Field required");
  else {
    const model = servedByAnthropic(request.model, call.today);
    if (model) return { request, model };
    refuse(call, 404, `model: ${request.model}`);
  }
  return undefined;
}
