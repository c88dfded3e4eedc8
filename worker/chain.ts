/**
 * Which targets a request may be served by, in order: Anthropic, then the same model in each configured Vertex location
 * that serves it. Where there is no Vertex target, the reason is part of the plan.
 */
import type { Settings } from "./bindings.ts";
import { findModel, type Model } from "./models.ts";
import type { RequestBody } from "./request-body.ts";
import { adaptForVertex, type VertexAdaptation } from "./vertex-capabilities.ts";

export type Target = { kind: "anthropic" } | { kind: "vertex"; location: string };

export interface Chain {
  /** Undefined where the model is not in the table: then only Anthropic can know it. */
  model: Model | undefined;
  targets: readonly Target[];
  /** Why there is no Vertex target: a word for the `x-failover-skipped` header. */
  skipped?: string;
  /** What a Vertex step leaves out; present where there is a Vertex target. */
  adaptation?: VertexAdaptation;
}

const ANTHROPIC: Target = { kind: "anthropic" };

export function planChain(body: RequestBody, betas: readonly string[], settings: Settings): Chain {
  const model = findModel(body.model);
  const alone = (skipped: string): Chain => ({ model, targets: [ANTHROPIC], skipped });
  if (!model) return alone("unknown_model");
  if (!model.vertexId) return alone("model_not_on_vertex");
  const locations = settings.vertexLocations.filter((location) => model.locations.includes(location));
  if (locations.length === 0) return alone("model_not_in_locations");
  const adaptation = adaptForVertex(body, betas);
  if (!adaptation.ok) return alone(adaptation.reason);
  return { model, targets: [ANTHROPIC, ...locations.map(vertex)], adaptation: adaptation.adaptation };
}

function vertex(location: string): Target {
  return { kind: "vertex", location };
}

export function targetName(target: Target): string {
  return target.kind === "anthropic" ? "anthropic" : `vertex/${target.location}`;
}
