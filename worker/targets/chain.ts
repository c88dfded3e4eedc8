/**
 * Plans the chain of targets for a request: Anthropic, then the same model in each configured
 * Vertex location that serves it. If there is no Vertex target, the plan contains the reason.
 */

import { type AnthropicHeaders, betasOf, versionOf } from "../anthropic-headers.ts";
import type { Settings } from "../bindings.ts";
import type { Endpoint } from "../endpoints.ts";
import { findModel, type Model } from "../models.ts";
import type { RequestBody } from "../request/body.ts";
import { ANTHROPIC, type Target } from "./target.ts";
import { MAX_VERTEX_BODY_BYTES } from "./vertex-capabilities.ts";
import { fitForVertex, type VertexForm } from "./vertex-fit.ts";

export interface Chain {
  /** Undefined if the model is not in the table. Then only Anthropic is asked. */
  model: Model | undefined;
  targets: readonly Target[];
  /** Undefined if there is no Vertex target. */
  vertexForm?: VertexForm;
  /** Why there is no Vertex target: a word for the `x-failover-skipped` header. */
  skipped?: string;
}

export function planChain(endpoint: Endpoint, body: RequestBody, headers: AnthropicHeaders, settings: Settings): Chain {
  const model = findModel(body.model, settings.options.models);
  const alone = (skipped: string): Chain => ({ model, targets: [ANTHROPIC], skipped });
  if (!model) return alone("unknown_model");
  if (!model.vertexId) return alone("model_not_on_vertex");
  const locations = settings.vertexLocations.filter((location) =>
    // If an endpoint has its own locations, it serves every model there.
    (endpoint.locations ?? model.locations).includes(location),
  );
  if (locations.length === 0) {
    return alone(endpoint.locations ? `${endpoint.name}_not_in_locations` : "model_not_in_locations");
  }
  if (body.end - body.start > MAX_VERTEX_BODY_BYTES) return alone("too_large");
  const fit = fitForVertex(body, versionOf(headers), betasOf(headers), endpoint);
  if (!fit.ok) return alone(fit.reason);
  const vertex = locations.map((location): Target => ({ kind: "vertex", location }));
  return { model, targets: [ANTHROPIC, ...vertex], vertexForm: fit.form };
}

/**
 * @returns an id from the table, or `unknown`, so that callers cannot add keys to the maps of an
 * isolate
 */
export function modelKey({ model }: Chain): string {
  return model?.id ?? "unknown";
}
