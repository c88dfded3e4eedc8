/** What `npm run models` says of a stack's models. */
import { expect, it, onTestFinished } from "vitest";
import { Patient } from "./doctor/testing/patient.ts";
import { runOperator } from "./testing/operator.ts";

async function models(vertexLocations: readonly string[], ...argv: readonly string[]) {
  const patient = await Patient.start({ config: { vertexLocations } });
  onTestFinished(() => patient.stop());
  return runOperator(["models", "--local", patient.cloud.url, ...argv]);
}

it("says who serves each model and until when, on both sides", async () => {
  const { stdout, status } = await models(["us-east5", "us", "global"]);

  expect(status).toBe(0);
  expect(stdout).toMatch(/claude-opus-4-6 +us-east5, global +– +2027-02-05/);
  expect(stdout).toMatch(/claude-opus-4-5-20251101 +us-east5, us, global +2027-01-22 +–/);
  expect(stdout).toMatch(/claude-sonnet-5-5 +us, global +– +2027-09-28/);
});

it("says what Claude Fable needs, where Vertex may be asked for it", async () => {
  const needs = "Beyond Model Garden's terms, Claude Fable on Vertex needs the Advanced AI Safety Addendum";

  expect((await models(["us"])).stdout).toContain(needs);
  expect((await models(["us-east5"])).stdout).not.toContain(needs);
});

it("says what would protect a model that does not fail over", async () => {
  const { report } = await models(["us-east5"], "--json");

  expect(report?.models).toContainEqual(
    expect.objectContaining({ id: "claude-opus-5", protection: "none", advice: "add us to vertexLocations" }),
  );
});
