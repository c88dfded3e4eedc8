import { afterEach, describe, expect, it } from "vitest";
import { callHost, useCloud, vertexCall } from "../testing/cloud.ts";

const cloud = useCloud();
const MODEL = "claude-sonnet-4-6";

afterEach(() => {
  const { project } = cloud();
  project.billingAccount = "billingAccounts/1";
  project.modelsWithoutTerms.clear();
  project.quotaOverrides.clear();
});

async function predict(stream = false) {
  const { status, text } = await callHost(cloud(), vertexCall(cloud(), stream));
  return { status, json: JSON.parse(text) };
}

describe("a prediction", () => {
  it("is refused with a 403 when the project has no billing", async () => {
    cloud().project.billingAccount = "";

    const refused = await predict();

    expect(refused).toMatchObject({ status: 403, json: { error: { status: "PERMISSION_DENIED" } } });
    expect(refused.json.error.message).toMatch(/^This API method requires billing to be enabled/);
  });

  it("is refused like a missing model when nobody accepted the model's terms", async () => {
    cloud().project.modelsWithoutTerms.add(MODEL);

    const refused = await predict();

    expect(refused).toMatchObject({ status: 404, json: { error: { status: "NOT_FOUND" } } });
    expect(refused.json.error.message).toContain("was not found or your project does not have access to it");
  });

  it.each(["anthropic-claude-sonnet-4-6", "us-east5/anthropic-claude-sonnet-4-6"])(
    "is refused with a 429 when the quota %s is 0, as an array for a stream",
    async (name) => {
      cloud().project.quotaOverrides.set(name, 0);

      const refused = await predict();
      const stream = await predict(true);

      const error = {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        message:
          "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: " +
          "anthropic-claude-sonnet-4-6. Please submit a quota increase request.",
      };
      expect(refused).toEqual({ status: 429, json: { error } });
      expect(stream.json).toEqual([{ error }]);
    },
  );

  it("is answered when only another model lacks its terms or its quota", async () => {
    cloud().project.modelsWithoutTerms.add("claude-opus-4-6");
    cloud().project.quotaOverrides.set("us/anthropic-claude-sonnet-4-6", 0);

    const { status } = await predict();

    expect(status).toBe(200);
  });
});
