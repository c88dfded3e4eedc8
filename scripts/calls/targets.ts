/** Which targets the Worker asks for a model, in its order. */
import { defaultChain } from "../../infra/settings/chain.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { findModel, isRetired } from "../../worker/models.ts";

type Read = Pick<Settings, "models" | "vertexLocations" | "force" | "chain" | "bedrock">;

/** @returns names such as `anthropic`, `vertex/us-east5` and `bedrock/us-east-1` */
export function targetsOf(model: string, { models, vertexLocations, force, chain, bedrock }: Read): string[] {
  const known = findModel(model, models);
  const locations = known?.vertexId === undefined ? [] : known.locations;
  const served = vertexLocations.filter((location) => locations.includes(location));
  const names = {
    anthropic: ["anthropic"],
    vertex: served.map((location) => `vertex/${location}`),
    bedrock: bedrock && known?.bedrockId !== undefined ? [`bedrock/${bedrock.region}`] : [],
  };
  const targets = (chain ?? defaultChain(bedrock)).flatMap((provider) => names[provider]);
  return [...targets.filter((target) => target === force), ...targets.filter((target) => target !== force)];
}

/** Whether Anthropic no longer serves the model, so that only the other providers can. */
export function hasEndedAtAnthropic(model: string, { models }: Pick<Settings, "models">, nowMs: number): boolean {
  const known = findModel(model, models);
  return known !== undefined && isRetired(known, nowMs);
}
