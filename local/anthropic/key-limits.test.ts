import { afterEach, expect, it } from "vitest";
import type { AnthropicKeyLimits } from "../state/index.ts";
import { API_KEY, callAnthropic, QUESTION, useCloud } from "../testing/cloud.ts";

const cloud = useCloud();

afterEach(() => cloud().cloud.context.state.anthropicKeyLimits.clear());

function limit(limits: AnthropicKeyLimits): void {
  cloud().cloud.context.state.anthropicKeyLimits.set(API_KEY, limits);
}

it("refuses a disabled key like an unknown one", async () => {
  limit({ isDisabled: true });

  const models = await callAnthropic(cloud(), { path: "/v1/models" });

  expect(models.status).toBe(401);
  expect(JSON.parse(models.text)).toMatchObject({ error: { type: "authentication_error" } });
});

it.each([
  ["contract_spend_limit_reached", 429, "rate_limit_error"],
  ["enforced_spend_limit_reached", 429, "rate_limit_error"],
  ["ramp_limit_exceeded", 429, "rate_limit_error"],
  ["linked_organization_spend_limit_reached", 402, "billing_error"],
] as const)("refuses messages with the code %s", async (spendLimit, status, type) => {
  limit({ spendLimit });

  const message = await callAnthropic(cloud(), { path: "/v1/messages", body: JSON.stringify(QUESTION) });

  expect(message.status).toBe(status);
  expect(JSON.parse(message.text)).toMatchObject({
    type: "error",
    error: { type, details: { error_code: spendLimit } },
    request_id: message.headers["request-id"],
  });
});

it("still lists models and counts tokens at a spend limit", async () => {
  limit({ spendLimit: "contract_spend_limit_reached" });

  const models = await callAnthropic(cloud(), { path: "/v1/models" });
  const count = await callAnthropic(cloud(), { path: "/v1/messages/count_tokens", body: JSON.stringify(QUESTION) });

  expect([models.status, count.status]).toEqual([200, 200]);
});
