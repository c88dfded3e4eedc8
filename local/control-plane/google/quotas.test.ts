import { afterEach, expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
const METRICS =
  "serviceusage.googleapis.com/v1beta1/projects/test-project/services/aiplatform.googleapis.com/consumerQuotaMetrics";

afterEach(() => cloud().project.quotaOverrides.clear());

async function bucketsOf(metric: string) {
  const name = encodeURIComponent(`aiplatform.googleapis.com/${metric}`);
  const { json } = await cloud().google("GET", `${METRICS}/${name}`);
  return json.consumerQuotaLimits[0].quotaBuckets;
}

test("each metric has its limit, with a bucket for each base model", async () => {
  const { google } = cloud();

  const { json } = await google("GET", METRICS);

  const metric = "aiplatform.googleapis.com/global_online_prediction_requests_per_base_model";
  const found = json.metrics.find((candidate: { metric: string }) => candidate.metric === metric);
  const name =
    "projects/100000000000/services/aiplatform.googleapis.com/consumerQuotaMetrics/" +
    "aiplatform.googleapis.com%2Fglobal_online_prediction_requests_per_base_model";
  expect(json.metrics).toHaveLength(4);
  expect(found).toMatchObject({
    name,
    consumerQuotaLimits: [
      { name: `${name}/limits/%2Fmin%2Fbase_model%2Fproject`, unit: "1/min/{project}/{base_model}", metric },
    ],
  });
  expect(found.consumerQuotaLimits[0].quotaBuckets).toContainEqual({
    effectiveLimit: "60",
    defaultLimit: "60",
    dimensions: { base_model: "anthropic-claude-opus" },
  });
});

test("an override changes one base model, in one location or in all", async () => {
  const { project } = cloud();
  project.quotaOverrides.set("us-east5/anthropic-claude-sonnet-4-6", 0);
  project.quotaOverrides.set("anthropic-claude-opus", 5);

  const regional = await bucketsOf("online_prediction_requests_per_base_model");
  const global = await bucketsOf("global_online_prediction_requests_per_base_model");

  const sonnet = { base_model: "anthropic-claude-sonnet-4-6", region: "us-east5" };
  expect(regional).toContainEqual({ effectiveLimit: "0", defaultLimit: "60", dimensions: sonnet });
  expect(global).toContainEqual({
    effectiveLimit: "60",
    defaultLimit: "60",
    dimensions: { base_model: "anthropic-claude-sonnet-4-6" },
  });
  expect(global).toContainEqual({
    effectiveLimit: "5",
    defaultLimit: "60",
    dimensions: { base_model: "anthropic-claude-opus" },
  });
});

test("an unknown metric is not found", async () => {
  const missing = await cloud().google("GET", `${METRICS}/aiplatform.googleapis.com%2Funknown`);

  expect(missing).toMatchObject({ status: 404, json: { error: { status: "NOT_FOUND" } } });
});
