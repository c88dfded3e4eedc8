/**
 * Which models Anthropic, Google and Amazon serve, where, and on which days. The local Anthropic,
 * the local Vertex and the local Bedrock use this table. It is separate from the Worker's own table, and a test checks
 * that the two agree. Dates are from the providers. For the 3.5 models Google's last day is not
 * known, so the table has Anthropic's. A model without a last day is served on every later day.
 * Sources: platform.claude.com "Model deprecations" (August 2026), the list of
 * deprecated models in @anthropic-ai/sdk, Google's and Amazon's model cards, Google's partner-model
 * deprecations,
 * docs/fidelity.md.
 */

export interface ServedModel {
  anthropicId: string;
  aliases?: readonly string[];
  vertexId?: string;
  /** At Bedrock's Mantle endpoint, in every region that has it. Absent if Amazon does not have it there. */
  bedrockId?: string;
  locations: readonly string[];
  /** First day at both providers, as YYYY-MM-DD. */
  from: string;
  /** First day on which the provider no longer serves the model. Absent when no date is known. */
  anthropicUntil?: string;
  googleUntil?: string;
}

const EVERYWHERE = ["us-east5", "us", "eu", "global"];
const MULTI_REGION = ["us", "eu", "global"];
const THREE_REGIONS = ["us-east5", "europe-west1", "asia-southeast1", "global"];

export const SERVED_MODELS: readonly ServedModel[] = [
  {
    anthropicId: "claude-3-haiku-20240307",
    vertexId: "claude-3-haiku@20240307",
    locations: ["us-east5"],
    from: "2024-03-07",
    anthropicUntil: "2026-04-20",
    googleUntil: "2026-08-23",
  },
  {
    anthropicId: "claude-3-5-sonnet-20240620",
    vertexId: "claude-3-5-sonnet@20240620",
    locations: ["us-east5"],
    from: "2024-06-20",
    anthropicUntil: "2025-10-28",
    googleUntil: "2025-10-28",
  },
  {
    anthropicId: "claude-3-5-sonnet-20241022",
    aliases: ["claude-3-5-sonnet-latest"],
    vertexId: "claude-3-5-sonnet-v2@20241022",
    locations: ["us-east5"],
    from: "2024-10-22",
    anthropicUntil: "2025-10-28",
    googleUntil: "2025-10-28",
  },
  dated("claude-sonnet-4", "20250514", ["us-east5"], { aliases: ["claude-sonnet-4-0"], anthropicUntil: "2026-06-15" }),
  dated("claude-opus-4", "20250514", ["us-east5"], { aliases: ["claude-opus-4-0"], anthropicUntil: "2026-06-15" }),
  dated("claude-opus-4-1", "20250805", ["us-east5"], { aliases: ["claude-opus-4-1"], anthropicUntil: "2026-08-05" }),
  dated("claude-sonnet-4-5", "20250929", EVERYWHERE, { aliases: ["claude-sonnet-4-5"], anthropicUntil: "2026-11-30" }),
  dated("claude-haiku-4-5", "20251001", ["us-east5", "global"], {
    aliases: ["claude-haiku-4-5"],
    bedrockId: "anthropic.claude-haiku-4-5",
  }),
  dated("claude-opus-4-5", "20251101", EVERYWHERE, { aliases: ["claude-opus-4-5"], anthropicUntil: "2027-01-22" }),
  same("claude-opus-4-6", "2026-02-05", THREE_REGIONS),
  same("claude-sonnet-4-6", "2026-02-17", EVERYWHERE),
  everywhere("claude-opus-4-7", "2026-04-16", MULTI_REGION),
  everywhere("claude-opus-4-8", "2026-05-28", MULTI_REGION),
  everywhere("claude-fable-5", "2026-06-09", MULTI_REGION),
  everywhere("claude-sonnet-5", "2026-06-30", MULTI_REGION),
  everywhere("claude-opus-5", "2026-07-24", MULTI_REGION),
  everywhere("claude-fable-5-1", "2026-09-01", MULTI_REGION),
  everywhere("claude-opus-5-5", "2026-09-22", MULTI_REGION),
  everywhere("claude-sonnet-5-5", "2026-09-28", MULTI_REGION),
  everywhere("claude-haiku-5-5", "2026-10-07", MULTI_REGION),
  everywhere("claude-fable-5-2", "2026-11-09", MULTI_REGION),
];

/** Models up to 4.5: the date follows a hyphen at Anthropic and an `@` at Google. */
function dated(
  name: string,
  date: string,
  locations: readonly string[],
  more: Pick<ServedModel, "aliases" | "anthropicUntil" | "bedrockId">,
): ServedModel {
  const from = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  return { anthropicId: `${name}-${date}`, vertexId: `${name}@${date}`, locations, from, ...more };
}

/** Models from 4.7 are on Bedrock Mantle too, with the provider's name in front of the same id. */
function everywhere(id: string, from: string, locations: readonly string[]): ServedModel {
  return { ...same(id, from, locations), bedrockId: `anthropic.${id}` };
}

/** Models from 4.6: Anthropic and Google use the same id. */
function same(id: string, from: string, locations: readonly string[]): ServedModel {
  return { anthropicId: id, vertexId: id, locations, from };
}

export function servedByAnthropic(name: string, day: string): ServedModel | undefined {
  return SERVED_MODELS.find(
    (model) =>
      (model.anthropicId === name || model.aliases?.includes(name)) &&
      model.from <= day &&
      day < (model.anthropicUntil ?? "9999"),
  );
}

export function servedByVertex(vertexId: string, location: string, day: string): ServedModel | undefined {
  const model = servedSomewhereByVertex(vertexId, day);
  return model?.locations.includes(location) ? model : undefined;
}

export function servedSomewhereByVertex(vertexId: string, day: string): ServedModel | undefined {
  return SERVED_MODELS.find(
    (model) => model.vertexId === vertexId && model.from <= day && day < (model.googleUntil ?? "9999"),
  );
}

/** Amazon's last days are not known. */
export function servedByBedrock(bedrockId: string, day: string): ServedModel | undefined {
  return SERVED_MODELS.find((model) => model.bedrockId === bedrockId && model.from <= day);
}

/**
 * @returns what both providers serve on that day, at Google in one of the locations; the newest
 * last
 */
export function servedByBoth(locations: readonly string[], day: string): ServedModel[] {
  return SERVED_MODELS.filter(
    ({ anthropicId, vertexId }) =>
      servedByAnthropic(anthropicId, day) &&
      vertexId &&
      locations.some((location) => servedByVertex(vertexId, location, day)),
  );
}
