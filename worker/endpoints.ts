/**
 * The two endpoints that fail over, and their differences. Sources: @anthropic-ai/vertex-sdk and
 * Google's "Count tokens".
 */
import type { Model } from "./models.ts";
import type { AnswerShape } from "./response/classify.ts";

export interface Endpoint {
  name: "messages" | "count_tokens";
  /** Anthropic's path without a leading slash. */
  anthropicPath: string;
  /** The part of Vertex's path after `publishers/anthropic/models/`. */
  vertexPath: (model: Model, stream: boolean) => string;
  /**
   * Whether a body for Vertex contains the model, with its Vertex id. Otherwise the model is only
   * in the path.
   */
  keepsModel: boolean;
  /**
   * Locations that have the endpoint for every model. If absent, every location that serves the
   * model has it.
   */
  locations?: readonly string[];
  shape: AnswerShape;
}

export const MESSAGES: Endpoint = {
  name: "messages",
  anthropicPath: "v1/messages",
  vertexPath: ({ vertexId }, stream) => `${vertexId}:${stream ? "streamRawPredict" : "rawPredict"}`,
  keepsModel: false,
  shape: "message",
};

export const COUNT_TOKENS: Endpoint = {
  name: "count_tokens",
  anthropicPath: "v1/messages/count_tokens",
  vertexPath: () => "count-tokens:rawPredict",
  keepsModel: true,
  locations: ["us-east5", "europe-west1", "asia-southeast1"],
  shape: "token_count",
};
