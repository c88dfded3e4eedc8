/**
 * Message Batches of api.anthropic.com, as far as a proxy's tests need them. A batch is in progress
 * after its creation and ends when it is next read. Source: `MessageBatch` of @anthropic-ai/sdk.
 */

import type { DeletedMessageBatch, MessageBatch } from "@anthropic-ai/sdk/resources/messages/batches";
import { errorEnvelope, problemWithRequest } from "../claude/messages-api.ts";
import { servedByAnthropic } from "../claude/models.ts";
import { asJson, generateMessage } from "../claude/reply.ts";
import type { MessagesRequest } from "../claude/request.ts";
import { jsonBody } from "../http/exchange.ts";
import { randomText } from "../state/ids.ts";
import type { MessageBatchState } from "../state/index.ts";
import { type AnthropicCall, answerBytes, answerJson, refuse } from "./call.ts";
import { pageOf } from "./page.ts";

const DAY_MS = 86_400_000;

export function createBatch(call: AnthropicCall): void {
  const { requests } = (jsonBody(call.exchange) ?? {}) as Partial<MessageBatchState>;
  if (!Array.isArray(requests) || requests.length === 0) return refuse(call, 400, "requests: Field required");
  const batch: MessageBatchState = {
    id: `msgbatch_01${randomText(22)}`,
    createdAt: new Date().toISOString(),
    cancelInitiatedAt: null,
    endedAt: null,
    requests,
  };
  call.state.messageBatches.set(batch.id, batch);
  answerJson(call, batchInfo(batch, call));
}

export function listBatches(call: AnthropicCall): void {
  const page = pageOf(
    [...call.state.messageBatches.values()].map((batch) => batchInfo(batch, call)).reverse(),
    call.exchange.query,
  );
  if (page) answerJson(call, page);
  else refuse(call, 400, "limit: Input should be between 1 and 1000");
}

export function retrieveBatch(call: AnthropicCall): void {
  withBatch(call, (batch) => {
    batch.endedAt ??= new Date().toISOString();
    answerJson(call, batchInfo(batch, call));
  });
}

export function cancelBatch(call: AnthropicCall): void {
  withBatch(call, (batch) => {
    if (batch.endedAt) return refuse(call, 400, `Batch ${batch.id} has already ended.`);
    batch.cancelInitiatedAt ??= new Date().toISOString();
    answerJson(call, batchInfo(batch, call));
  });
}

export function deleteBatch(call: AnthropicCall): void {
  withBatch(call, (batch) => {
    if (!batch.endedAt) return refuse(call, 400, `Batch ${batch.id} is still in progress: cancel it first.`);
    call.state.messageBatches.delete(batch.id);
    answerJson(call, { id: batch.id, type: "message_batch_deleted" } satisfies DeletedMessageBatch);
  });
}

/** One line per request, in any order. */
export function batchResults(call: AnthropicCall): void {
  withBatch(call, (batch) => {
    if (!batch.endedAt) return refuse(call, 400, `Batch ${batch.id} has no results yet.`);
    const lines = batch.requests.map(({ custom_id, params }) => {
      return `${JSON.stringify({ custom_id, result: resultOf(batch, params, call) })}\n`;
    });
    answerBytes(call, "application/x-jsonl", lines.join(""));
  });
}

function withBatch(call: AnthropicCall, then: (batch: MessageBatchState) => void): void {
  const batch = call.state.messageBatches.get(call.id);
  if (batch) then(batch);
  else refuse(call, 404, `Batch ${call.id} not found.`);
}

function resultOf({ cancelInitiatedAt }: MessageBatchState, params: unknown, { today, requestId }: AnthropicCall) {
  if (cancelInitiatedAt) return { type: "canceled" } as const;
  const problem = problemWithRequest(params);
  const request = params as MessagesRequest;
  const model = problem ? undefined : servedByAnthropic(request.model ?? "", today);
  if (model) return { type: "succeeded", message: asJson(generateMessage(request, "", model.anthropicId)) } as const;
  const error = errorEnvelope("invalid_request_error", requestId, problem ?? `model: ${request.model}`);
  return { type: "errored", error } as const;
}

function batchInfo(batch: MessageBatchState, call: AnthropicCall): MessageBatch {
  const { id, createdAt, cancelInitiatedAt, endedAt, requests } = batch;
  const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
  for (const { params } of requests) counts[endedAt ? resultOf(batch, params, call).type : "processing"] += 1;
  return {
    id,
    type: "message_batch",
    processing_status: endedAt ? "ended" : cancelInitiatedAt ? "canceling" : "in_progress",
    request_counts: counts,
    created_at: createdAt,
    expires_at: new Date(Date.parse(createdAt) + DAY_MS).toISOString(),
    cancel_initiated_at: cancelInitiatedAt,
    ended_at: endedAt,
    archived_at: null,
    results_url: endedAt ? `https://api.anthropic.com/v1/messages/batches/${id}/results` : null,
  };
}
