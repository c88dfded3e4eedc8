/** Which targets the Worker asks for a model, in its order. */
import type { Settings } from "../../infra/settings/index.ts";
import { findModel, isRetired } from "../../worker/models.ts";

type Read = Pick<Settings, "models" | "vertexLocations" | "force">;

/** @returns names such as `anthropic` and `vertex/us-east5` */
export function targetsOf(model: string, { models, vertexLocations, force }: Read): string[] {
  const known = findModel(model, models);
  const locations = known?.vertexId === undefined ? [] : known.locations;
  const served = vertexLocations.filter((location) => locations.includes(location));
  const targets = ["anthropic", ...served.map((location) => `vertex/${location}`)];
  return [...targets.filter((target) => target === force), ...targets.filter((target) => target !== force)];
}

/** Whether Anthropic no longer serves the model, so that only Vertex can. */
export function hasEndedAtAnthropic(model: string, { models }: Pick<Settings, "models">, nowMs: number): boolean {
  const known = findModel(model, models);
  return known !== undefined && isRetired(known, nowMs);
}
