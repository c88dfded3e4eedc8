/**
 * Which targets a request may be served by, in order: Anthropic, then the same model in each configured Vertex location
 * that serves it. Where there is no Vertex target, the reason is part of the plan. The breaker may move a target to the end,
 * the operator's `force` moves one to the front.
 */
import type { Settings } from "./bindings.ts";
import type { Breaker } from "./breaker.ts";
import type { Method } from "./methods.ts";
import { findModel, type Model } from "./models.ts";
import type { RequestBody } from "./request-body.ts";
import { ANTHROPIC, type Target, targetName } from "./target.ts";
import { MAX_VERTEX_BODY_BYTES, unservable } from "./vertex-capabilities.ts";

export interface Chain {
  /** Undefined where the model is not in the table: then only Anthropic can know it. */
  model: Model | undefined;
  targets: readonly Target[];
  /** Why there is no Vertex target: a word for the `x-failover-skipped` header. */
  skipped?: string;
}

export function planChain(method: Method, body: RequestBody, settings: Settings): Chain {
  const model = findModel(body.model, settings.options.models);
  const alone = (skipped: string): Chain => ({ model, targets: [ANTHROPIC], skipped });
  if (!model) return alone("unknown_model");
  if (!model.vertexId) return alone("model_not_on_vertex");
  const serving = settings.vertexLocations.filter((location) => model.locations.includes(location));
  if (serving.length === 0) return alone("model_not_in_locations");
  const locations = serving.filter((location) => method.locations?.includes(location) ?? true);
  if (locations.length === 0) return alone(`${method.name}_not_in_locations`);
  if (body.end - body.start > MAX_VERTEX_BODY_BYTES) return alone("too_large");
  const reason = unservable(body);
  if (reason) return alone(reason);
  return { model, targets: [ANTHROPIC, ...locations.map((location): Target => ({ kind: "vertex", location }))] };
}

/** The order to try in now: what is forced first, what keeps failing last. */
export function orderNow(chain: Chain, breaker: Breaker, force: string | null, nowMs: number): Target[] {
  const forced = chain.targets.filter((target) => targetName(target) === force);
  const others = chain.targets.filter((target) => targetName(target) !== force);
  return [...forced, ...breaker.order(others, modelKey(chain), nowMs)];
}

/** A name from the table, never the caller's: what is kept by it must not grow with what callers send. */
export function modelKey({ model }: Chain): string {
  return model?.id ?? "unknown";
}
