/**
 * The two endpoints that fail over, and in what they differ. Sources: @anthropic-ai/vertex-sdk,
 * Google's "Count tokens".
 */
import type { Model } from "./models.ts";
import type { AnswerShape } from "./response/classify.ts";

export interface Endpoint {
  name: "messages" | "count_tokens";
  /** Anthropic's path without a slash in front. */
  anthropicPath: string;
  /** Behind `publishers/anthropic/models/` in Vertex's path. */
  vertexPath: (model: Model, stream: boolean) => string;
  /** On Vertex the model leaves the body, or stays in it under its Vertex id. */
  keepsModel: boolean;
  /**
   * Locations that have the endpoint, for every model; absent: every location that serves the
   * model.
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
