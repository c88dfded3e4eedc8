/**
 * The one table of models: which Vertex id is the same model, and which Vertex locations serve it.
 * A model that is not here gets no Vertex step, and no model is ever answered by another. Up to 4.5
 * Vertex writes the date behind an `@`; from 4.6 on both sides use one id. Sources:
 * platform.claude.com "Claude on Vertex AI", "Model deprecations" (August 2026) and Google's model
 * pages; locations marked [?] there are left out, since a wrong one only costs an attempt.
 *
 * Models that Anthropic has retired stay as long as Google may still serve them: each side sets its
 * own dates.
 */

/**
 * Served in the region us-east5 and through the multi-region and global endpoints: Sonnet 4.6 and
 * earlier.
 */
const REGIONAL = ["us-east5", "us", "eu", "global"] as const;
/** Newer models: "newer models use the global or multi-region endpoints". */
const MULTI_REGION = ["us", "eu", "global"] as const;

export interface Model {
  /** Anthropic's id. */
  id: string;
  /** Other names Anthropic accepts for the same snapshot. */
  aliases?: readonly string[];
  /** The `{model}` of Vertex's path. Absent: Google does not offer the model. */
  vertexId?: string;
  /** Vertex locations that serve it. */
  locations: readonly string[];
  /** YYYY-MM-DD; Anthropic's last day, where one is set that is not far. */
  anthropicEnds?: string;
  /**
   * Drops the thinking that another organisation (a Google project, too) has signed, without a
   * word.
   */
  bindsThinkingToOrganization?: true;
}

export const MODELS: readonly Model[] = [
  { id: "claude-fable-5-2", vertexId: "claude-fable-5-2", locations: MULTI_REGION },
  { id: "claude-fable-5-1", vertexId: "claude-fable-5-1", locations: MULTI_REGION },
  { id: "claude-fable-5", vertexId: "claude-fable-5", locations: MULTI_REGION },
  {
    id: "claude-haiku-5-5",
    vertexId: "claude-haiku-5-5",
    locations: MULTI_REGION,
    bindsThinkingToOrganization: true,
  },
  {
    id: "claude-sonnet-5-5",
    vertexId: "claude-sonnet-5-5",
    locations: MULTI_REGION,
    bindsThinkingToOrganization: true,
  },
  { id: "claude-opus-5-5", vertexId: "claude-opus-5-5", locations: MULTI_REGION },
  { id: "claude-opus-5", vertexId: "claude-opus-5", locations: MULTI_REGION },
  { id: "claude-sonnet-5", vertexId: "claude-sonnet-5", locations: MULTI_REGION },
  { id: "claude-opus-4-8", vertexId: "claude-opus-4-8", locations: MULTI_REGION },
  { id: "claude-opus-4-7", vertexId: "claude-opus-4-7", locations: MULTI_REGION },
  { id: "claude-sonnet-4-6", vertexId: "claude-sonnet-4-6", locations: REGIONAL },
  { id: "claude-opus-4-6", vertexId: "claude-opus-4-6", locations: REGIONAL },
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
  // Sold by Anthropic with limited access; no Google page names an id.
  { id: "claude-mythos-5-2", locations: [] },
  { id: "claude-mythos-5-1", locations: [] },
  { id: "claude-mythos-5", locations: [] },
];

const BY_NAME: ReadonlyMap<string, Model> = new Map(
  MODELS.flatMap((model) => [model.id, ...(model.aliases ?? [])].map((name) => [name, model])),
);

/** Additions and corrections from the stack's configuration, by Anthropic's id. */
export type Overrides = Readonly<Record<string, { vertexId: string; locations: readonly string[] }>>;

export function findModel(name: string, overrides: Overrides): Model | undefined {
  const known = BY_NAME.get(name);
  const id = known?.id ?? name;
  return Object.hasOwn(overrides, id)
    ? { ...known, ...overrides[id], id, locations: overrides[id]?.locations ?? [] }
    : known;
}

/** Whether Anthropic no longer has the model; Google may. */
export function isRetired({ anthropicEnds }: Model, nowMs: number): boolean {
  return anthropicEnds !== undefined && nowMs >= Date.parse(anthropicEnds);
}
