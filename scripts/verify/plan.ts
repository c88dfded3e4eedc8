/**
 * What is known of the stack before any experiment: its names and settings, and the models that are
 * asked. An experiment is about the clouds, not about a model, so the cheapest one is asked.
 */
import type { Settings } from "../../infra/settings/index.ts";
import { isRetired, MODELS, type Model } from "../../worker/models.ts";
import { priceOf } from "../calls/prices.ts";

export interface Plan {
  settings: Settings;
  /** The project and the stack: `claude-failover/prod`. */
  label: string;
  account: string;
  gateway: string;
  worker: string;
  serviceAccount: string;
  /** The cheapest model that Anthropic lists. */
  anthropicModel: string;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

export type VertexModel = Model & { vertexId: string };

/** Ids of models at Anthropic → the cheapest. One that ends soon is taken only if there is no other. */
export function cheapest(ids: readonly string[]): string {
  const cost = (id: string) => priceOf(id)?.input ?? Number.POSITIVE_INFINITY;
  const ends = (id: string) => (MODELS.find((model) => model.id === id)?.anthropicEnds === undefined ? 0 : 1);
  const [first] = ids.toSorted((one, other) => ends(one) - ends(other) || cost(one) - cost(other));
  return first ?? "claude-haiku-4-5-20251001";
}

/** The models that Vertex serves in a location by the table and the stack's settings, cheapest first. */
export function modelsAt(location: string, { settings, nowMs }: Pick<Plan, "settings" | "nowMs">): VertexModel[] {
  const { models: overrides, modelGarden } = settings;
  const known = [
    ...MODELS.filter(({ id }) => !Object.hasOwn(overrides, id)),
    ...Object.entries(overrides).map(([id, override]) => ({ id, ...override })),
  ];
  const served = known.filter(
    (model): model is VertexModel =>
      model.vertexId !== undefined && model.locations.includes(location) && !isRetired(model, nowMs),
  );
  const enabled = served.filter(({ id }) => modelGarden?.models.includes(id));
  const cost = ({ id }: Model) => priceOf(id)?.input ?? Number.POSITIVE_INFINITY;
  return (enabled.length > 0 ? enabled : served).toSorted((one, other) => cost(one) - cost(other));
}

/** The cheapest model of the first location of the stack that serves any; undefined if none does. */
export function vertexModel(plan: Plan): { model: VertexModel; location: string } | undefined {
  for (const location of plan.settings.vertexLocations) {
    const [model] = modelsAt(location, plan);
    if (model) return { model, location };
  }
  return undefined;
}
