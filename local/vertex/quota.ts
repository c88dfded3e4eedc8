/**
 * Google's quotas for Claude: requests per minute for a base model, in four kinds of locations that
 * do not share. Regions have a quota for each model. The endpoints `global`, `us` and `eu` have one
 * for each model up to 4.7, and one for each line of models launched later. Sources:
 * docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/claude/quotas;
 * captures of 429s, which name metric and base model. The default of 60 is ours: real projects start
 * with different limits, often 0.
 */
import { SERVED_MODELS, type ServedModel } from "../claude/models.ts";
import type { GoogleProject } from "../state/index.ts";

export const DEFAULT_LIMIT = 60;

/** The first day on which a launched model shares the quota of its line. */
const SHARED_FROM = "2026-05-27";
const REQUESTS = "online_prediction_requests_per_base_model";
const PREFIXES: Readonly<Record<string, string>> = {
  global: "global_",
  us: "us_multi_region_",
  eu: "eu_multi_region_",
};

export interface Quota {
  /** Without the service: `global_online_prediction_requests_per_base_model`. */
  metric: string;
  /** Such as `anthropic-claude-sonnet-4-6`, or `anthropic-claude-sonnet`. */
  baseModel: string;
  location: string;
}

export function quotaOf(model: ServedModel, location: string): Quota {
  const prefix = PREFIXES[location];
  const isShared = prefix !== undefined && model.from >= SHARED_FROM;
  const name = (model.vertexId ?? model.anthropicId).replace(/@.*$/, "");
  const baseModel = `anthropic-${isShared ? name.replace(/[-\d]+$/, "") : name}`;
  return { metric: `${prefix ?? ""}${REQUESTS}`, baseModel, location };
}

/** The quotas of everything that Google serves, each once. */
export function allQuotas(): Quota[] {
  const quotas = SERVED_MODELS.flatMap((model) => model.locations.map((location) => quotaOf(model, location)));
  return [...new Map(quotas.map((quota) => [JSON.stringify(quota), quota])).values()];
}

/** In requests per minute. An override for the location wins over one for every location. */
export function limitOf({ quotaOverrides }: GoogleProject, { baseModel, location }: Quota): number {
  return quotaOverrides.get(`${location}/${baseModel}`) ?? quotaOverrides.get(baseModel) ?? DEFAULT_LIMIT;
}
