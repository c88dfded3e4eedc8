/** Which models of the Worker's table fail over in a stack, and what would protect the others. */
import { type LastDays, lastDaysOf } from "../../infra/models/last-days.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { findModel, isRetired, MODELS } from "../../worker/models.ts";

export interface ModelProtection {
  /** Anthropic's id. */
  id: string;
  aliases: readonly string[];
  /** Google's id; null: Google does not offer the model. */
  vertexId: string | null;
  /** The stack's locations that serve it, in the stack's order. */
  locations: readonly string[];
  /** Other locations that serve it. */
  otherLocations: readonly string[];
  /** The region of the stack's Bedrock, if Bedrock serves the model; null: it does not. */
  bedrockRegion: string | null;
  lastDays: LastDays;
  protection: /** Vertex or Bedrock answers if Anthropic does not. */
    | "failover"
    /** Only Anthropic can answer. */
    | "none"
    /** Anthropic has retired it; only Vertex, or Bedrock, can answer. */
    | "vertex only"
    /** Nobody the stack asks serves it. */
    | "not served";
  /** What would protect it; null: nothing to do, or nothing that can be done. */
  advice: string | null;
}

type Read = Pick<Settings, "vertexLocations" | "models" | "allowedLocations" | "bedrock">;

/** @param nowMs milliseconds since the epoch */
export function protectionOf(settings: Read, nowMs: number): ModelProtection[] {
  const ids = new Set([...Object.keys(settings.models), ...MODELS.map(({ id }) => id)]);
  return [...ids].map((id) => protectionOfModel(id, settings, nowMs));
}

function protectionOfModel(id: string, settings: Read, nowMs: number): ModelProtection {
  const { vertexLocations, models, allowedLocations, bedrock } = settings;
  const model = findModel(id, models) ?? { id, locations: [] };
  const served = model.vertexId === undefined ? [] : model.locations;
  const locations = vertexLocations.filter((location) => served.includes(location));
  const otherLocations = served.filter((location) => !vertexLocations.includes(location));
  const bedrockRegion = bedrock && model.bedrockId !== undefined ? bedrock.region : null;
  const retired = isRetired(model, nowMs);
  const isAllowed = (location: string) => allowedLocations?.includes(location) ?? true;
  const wanted = otherLocations.find(isAllowed);
  const advice = wanted === undefined ? null : `add ${wanted} to vertexLocations`;
  const protection =
    locations.length > 0 || bedrockRegion ? (retired ? "vertex only" : "failover") : retired ? "not served" : "none";
  return {
    id,
    aliases: model.aliases ?? [],
    vertexId: model.vertexId ?? null,
    locations,
    otherLocations,
    bedrockRegion,
    lastDays: lastDaysOf(id),
    protection,
    advice: protection === "none" ? (advice ?? impossible(served)) : null,
  };
}

function impossible(served: readonly string[]): string {
  return served.length === 0 ? "Google does not offer it" : `allowedLocations forbids ${served.join(", ")}`;
}
