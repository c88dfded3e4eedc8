/** The two methods that fail over, and in what they differ. Sources: @anthropic-ai/vertex-sdk, Google's "Count tokens". */
import type { Model } from "./models.ts";

export interface Method {
  name: "messages" | "count_tokens";
  /** Anthropic's path without a slash in front. */
  anthropicPath: string;
  /** Behind `publishers/anthropic/models/` in Vertex's path. */
  vertexPath: (model: Model, stream: boolean) => string;
  /** On Vertex the model leaves the body, or stays in it under its Vertex id. */
  keepsModel: boolean;
  /** Locations that have the method at all; absent: every location that serves the model. */
  locations?: readonly string[];
}

export const MESSAGES: Method = {
  name: "messages",
  anthropicPath: "v1/messages",
  vertexPath: ({ vertexId }, stream) => `${vertexId}:${stream ? "streamRawPredict" : "rawPredict"}`,
  keepsModel: false,
};

export const COUNT_TOKENS: Method = {
  name: "count_tokens",
  anthropicPath: "v1/messages/count_tokens",
  vertexPath: () => "count-tokens:rawPredict",
  keepsModel: true,
  locations: ["us-east5", "europe-west1", "asia-southeast1"],
};
