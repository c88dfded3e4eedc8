/**
 * The table of models: for each model, its Vertex id and the Vertex locations that serve it. A
 * model that is not in the table gets no Vertex step. No model is ever replaced by another one. For
 * models up to 4.5, Vertex writes the date after an `@`; from 4.6 on both providers use the same
 * id. Sources: platform.claude.com "Claude on Vertex AI", "Model deprecations" (August 2026),
 * Google's model cards, and the `Model` type and the deprecated models of @anthropic-ai/sdk,
 * against which a test holds this table. A location without a source is left out, because a wrong
 * one costs an attempt. Last days at Google and the sources of all last days:
 * infra/models/last-days.ts.
 *
 * Bedrock's ids are those of its Mantle endpoint, which has only these models. Sources: Amazon's
 * model cards (docs.aws.amazon.com/bedrock, "model-card-anthropic-claude-…"), platform.claude.com
 * "Claude in Amazon Bedrock" and "Claude Sonnet 5.5"; for Haiku 5.5 only BerriAI/litellm's price list.
 *
 * A model that Anthropic has retired stays in the table as long as Google may still serve it,
 * because each provider sets its own dates, or as long as the SDK has its name.
 */

import type { Options } from "./options.ts";

/**
 * Locations of Sonnet 4.6 and earlier models: the region us-east5, the multi-regions, and the
 * global endpoint.
 */
const REGIONAL = ["us-east5", "us", "eu", "global"] as const;
/** Locations of newer models, which "use the global or multi-region endpoints". */
const MULTI_REGION = ["us", "eu", "global"] as const;
/**
 * Google's model card of Opus 4.6 has three regions, and names `us` and `eu` only as places of
 * processing.
 */
const OPUS_4_6 = ["us-east5", "europe-west1", "asia-southeast1", "global"] as const;

export interface Model {
  /** Anthropic's id. */
  id: string;
  /** Other names that Anthropic accepts for the same snapshot. */
  aliases?: readonly string[];
  /** The `{model}` in Vertex's path. Absent if Google does not offer the model. */
  vertexId?: string;
  /** Bedrock's id, at its Mantle endpoint. Absent if no source has one. */
  bedrockId?: string | undefined;
  /** Vertex locations that serve the model. */
  locations: readonly string[];
  /**
   * The day on which Anthropic retires the model, as YYYY-MM-DD. Absent if the day is not set or is
   * far away.
   */
  anthropicEnds?: string;
  /**
   * Whether the model drops thinking that another organisation has signed, without an error. A
   * Google project also counts as an organisation.
   */
  bindsThinkingToOrganization?: true;
}

export const MODELS: readonly Model[] = [
  {
    id: "claude-fable-5-2",
    vertexId: "claude-fable-5-2",
    bedrockId: "anthropic.claude-fable-5-2",
    locations: MULTI_REGION,
  },
  {
    id: "claude-fable-5-1",
    vertexId: "claude-fable-5-1",
    bedrockId: "anthropic.claude-fable-5-1",
    locations: MULTI_REGION,
  },
  { id: "claude-fable-5", vertexId: "claude-fable-5", bedrockId: "anthropic.claude-fable-5", locations: MULTI_REGION },
  {
    id: "claude-haiku-5-5",
    vertexId: "claude-haiku-5-5",
    bedrockId: "anthropic.claude-haiku-5-5",
    locations: MULTI_REGION,
    bindsThinkingToOrganization: true,
  },
  {
    id: "claude-sonnet-5-5",
    vertexId: "claude-sonnet-5-5",
    bedrockId: "anthropic.claude-sonnet-5-5",
    locations: MULTI_REGION,
    bindsThinkingToOrganization: true,
  },
  {
    id: "claude-opus-5-5",
    vertexId: "claude-opus-5-5",
    bedrockId: "anthropic.claude-opus-5-5",
    locations: MULTI_REGION,
  },
  { id: "claude-opus-5", vertexId: "claude-opus-5", bedrockId: "anthropic.claude-opus-5", locations: MULTI_REGION },
  {
    id: "claude-sonnet-5",
    vertexId: "claude-sonnet-5",
    bedrockId: "anthropic.claude-sonnet-5",
    locations: MULTI_REGION,
  },
  {
    id: "claude-opus-4-8",
    vertexId: "claude-opus-4-8",
    bedrockId: "anthropic.claude-opus-4-8",
    locations: MULTI_REGION,
  },
  {
    id: "claude-opus-4-7",
    vertexId: "claude-opus-4-7",
    bedrockId: "anthropic.claude-opus-4-7",
    locations: MULTI_REGION,
  },
  { id: "claude-sonnet-4-6", vertexId: "claude-sonnet-4-6", locations: REGIONAL },
  { id: "claude-opus-4-6", vertexId: "claude-opus-4-6", locations: OPUS_4_6 },
  {
    id: "claude-opus-4-5-20251101",
    aliases: ["claude-opus-4-5"],
    vertexId: "claude-opus-4-5@20251101",
    locations: REGIONAL,
    anthropicEnds: "2027-01-22",
  },
  {
    id: "claude-haiku-4-5-20251001",
    aliases: ["claude-haiku-4-5"],
    vertexId: "claude-haiku-4-5@20251001",
    bedrockId: "anthropic.claude-haiku-4-5",
    locations: ["us-east5", "global"],
  },
  {
    id: "claude-sonnet-4-5-20250929",
    aliases: ["claude-sonnet-4-5"],
    vertexId: "claude-sonnet-4-5@20250929",
    locations: REGIONAL,
    anthropicEnds: "2026-11-30",
  },
  {
    id: "claude-opus-4-1-20250805",
    aliases: ["claude-opus-4-1"],
    vertexId: "claude-opus-4-1@20250805",
    locations: ["us-east5"],
    anthropicEnds: "2026-08-05",
  },
  {
    id: "claude-opus-4-20250514",
    aliases: ["claude-opus-4-0"],
    vertexId: "claude-opus-4@20250514",
    locations: ["us-east5"],
    anthropicEnds: "2026-06-15",
  },
  {
    id: "claude-sonnet-4-20250514",
    aliases: ["claude-sonnet-4-0"],
    vertexId: "claude-sonnet-4@20250514",
    locations: ["us-east5"],
    anthropicEnds: "2026-06-15",
  },
  {
    id: "claude-3-5-sonnet-20241022",
    aliases: ["claude-3-5-sonnet-latest"],
    vertexId: "claude-3-5-sonnet-v2@20241022",
    locations: ["us-east5"],
    anthropicEnds: "2025-10-28",
  },
  // Anthropic sells these models with limited access. No Google page has an id for them.
  { id: "claude-mythos-5-2", locations: [] },
  { id: "claude-mythos-5-1", locations: [] },
  { id: "claude-mythos-5", locations: [] },
  { id: "claude-mythos-preview", locations: [], anthropicEnds: "2026-06-30" },
];

const BY_NAME: ReadonlyMap<string, Model> = new Map(
  MODELS.flatMap((model) => [model.id, ...(model.aliases ?? [])].map((name) => [name, model])),
);

/** Additions and corrections from the stack's configuration. The keys are Anthropic's ids. */
export type Overrides = Options["models"];

export function findModel(name: string, overrides: Overrides): Model | undefined {
  const known = BY_NAME.get(name);
  const id = known?.id ?? name;
  return Object.hasOwn(overrides, id)
    ? { ...known, ...overrides[id], id, locations: overrides[id]?.locations ?? [] }
    : known;
}

/** @returns whether Anthropic has retired the model; Google may still serve it */
export function isRetired({ anthropicEnds }: Model, nowMs: number): boolean {
  return anthropicEnds !== undefined && nowMs >= Date.parse(anthropicEnds);
}
