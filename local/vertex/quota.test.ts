import { expect, it } from "vitest";
import { SERVED_MODELS } from "../claude/models.ts";
import { quotaOf } from "./quota.ts";

it.each([
  [
    "claude-sonnet-4-5@20250929",
    "us-east5",
    "online_prediction_requests_per_base_model",
    "anthropic-claude-sonnet-4-5",
  ],
  [
    "claude-sonnet-4-5@20250929",
    "us",
    "us_multi_region_online_prediction_requests_per_base_model",
    "anthropic-claude-sonnet-4-5",
  ],
  ["claude-opus-4-7", "eu", "eu_multi_region_online_prediction_requests_per_base_model", "anthropic-claude-opus-4-7"],
  ["claude-opus-4-8", "global", "global_online_prediction_requests_per_base_model", "anthropic-claude-opus"],
  ["claude-fable-5-1", "us", "us_multi_region_online_prediction_requests_per_base_model", "anthropic-claude-fable"],
])("%s in %s counts for %s of %s", (vertexId, location, metric, baseModel) => {
  const model = SERVED_MODELS.find((candidate) => candidate.vertexId === vertexId);
  if (!model) throw new Error("the table has no such model");

  expect(quotaOf(model, location)).toEqual({ metric, baseModel, location });
});
