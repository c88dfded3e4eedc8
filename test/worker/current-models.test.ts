/**
 * With default settings every model that both sides serve today fails over, to a named location.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { servedByBoth } from "../../local/claude/models.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { post, QUESTION, warmUp } from "../support/sandbox.ts";

const TODAY = new Date().toISOString().slice(0, 10);
const DEFAULT = ["us-east5", "us", "global"];
const MODELS = servedByBoth(["us-east5", "us", "eu", "global", "europe-west1", "asia-southeast1"], TODAY);

let stack: Sandbox;
beforeAll(async () => {
  stack = await Sandbox.up();
  await warmUp(stack);
  stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
});
afterAll(() => stack?.down());

it("the stack has the default locations", () => {
  expect(stack.vertexLocations).toEqual(DEFAULT);
});

it.each(MODELS.map(({ anthropicId, locations }) => [anthropicId, locations] as const))(
  "%s is answered by Vertex while Anthropic is overloaded",
  async (model, locations) => {
    const first = DEFAULT.find((location) => locations.includes(location));

    const response = await post(stack, JSON.stringify({ ...QUESTION, model }));

    expect(await response.json()).toMatchObject({ id: expect.stringMatching(/^msg_vrtx_/), model });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-failover-target")).toBe(`vertex/${first}`);
    expect(response.headers.get("x-failover-attempts")).toMatch(new RegExp(`;vertex/${first}=200$`));
  },
);
