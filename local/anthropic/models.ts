/**
 * `GET /v1/models` and `/v1/models/{id}` of api.anthropic.com: the models of the local cloud's
 * date, newest first.
 */
import type { ModelInfo, ModelLine } from "@anthropic-ai/sdk/resources/models";
import { SERVED_MODELS, type ServedModel, servedByAnthropic } from "../claude/models.ts";
import { type AnthropicCall, answerJson, refuse } from "./call.ts";
import { pageOf } from "./page.ts";

const LINES: readonly ModelLine[] = ["haiku", "sonnet", "opus", "fable", "mythos"];

export function listModels(call: AnthropicCall): void {
  const served = SERVED_MODELS.filter(({ anthropicId }) => servedByAnthropic(anthropicId, call.today));
  const page = pageOf(served.map(modelInfo).reverse(), call.exchange.query);
  if (page) answerJson(call, page);
  else refuse(call, 400, "limit: Input should be between 1 and 1000");
}

/** An alias returns its model. */
export function retrieveModel(call: AnthropicCall): void {
  const model = servedByAnthropic(call.id, call.today);
  if (model) answerJson(call, modelInfo(model));
  else refuse(call, 404, `model: ${call.id}`);
}

function modelInfo({ anthropicId, from, anthropicUntil }: ServedModel): ModelInfo {
  return {
    type: "model",
    id: anthropicId,
    display_name: displayName(anthropicId),
    created_at: `${from}T00:00:00Z`,
    lifecycle: "active",
    line: LINES.find((line) => anthropicId.includes(line)) ?? null,
    retires_at: anthropicUntil ? `${anthropicUntil}T00:00:00Z` : null,
    deprecated_at: null,
    capabilities: null,
    max_input_tokens: null,
    max_tokens: null,
  };
}

/**
 * `claude-sonnet-4-5-20250929` is Claude Sonnet 4.5, `claude-3-5-sonnet-20241022` is Claude 3.5
 * Sonnet.
 */
function displayName(id: string): string {
  return id
    .replace(/-\d{8}$/, "")
    .replace(/(\d)-(\d)/, "$1.$2")
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}
