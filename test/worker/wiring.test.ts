/**
 * Every resource and every binding that the program creates is necessary. Without any one of them
 * the stack does not start, or one of the two targets does not serve. The list comes from the
 * program, so a new resource without a reason here fails the test.
 */
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Sandbox, type StackOptions } from "../../local/sandbox/index.ts";
import { QUESTION, sdkClient } from "../support/sandbox.ts";

/** The limit on requests is high enough for the few requests here. */
const CONFIG = { clients: [{ name: "default", requestsPerMinute: 1_000 }] };

/**
 * The one binding without which a stack serves. `neighbours.test.ts` shows what is then missing.
 */
const DISPENSABLE = "FAILURE_COUNTER";

/** A resource, as "type name", and what happens without it. */
const REASONS: readonly [resource: RegExp, reason: RegExp][] = [
  [/:RandomPassword .*-clients-default-1$/, /^request: Error: the stack has no client$/],
  [/:AccountToken .*-gateway-run-1$/, /^request: .*The binding GATEWAY_TOKEN is missing/],
  [/:AiGateway /, /^request: .*The AI Gateway of this stack does not exist \(2001\)/],
  [/:Service .*-aiplatform$/, /^request: .*529.*; Vertex: 403 .*Vertex AI API has not been used in project/],
  [/:Service .*-iam$/, /^start: .*iam\.googleapis\.com has not been used in project/],
  [/:Account /, /^start: .*:IAMMember .*invalid value "" for member/],
  [/:IAMMember /, /^request: .*529.*; Vertex: 403 .*'aiplatform\.endpoints\.predict' denied/],
  [/:Key /, /^request: .*The binding GOOGLE_CREDENTIAL is missing/],
  [/:WorkersScript /, /^start: .*:WorkersScriptSubdomain .*404 Not Found .*This Worker does not exist/],
  [/:WorkersScriptSubdomain /, /^start: .*The Worker \S+ has no address/],
];

/** @returns why the stack does not start, or why a target does not serve; undefined if both do */
async function faultOf(options: StackOptions): Promise<string | undefined> {
  let stack: Sandbox;
  try {
    stack = await Sandbox.up({ config: CONFIG, ...options });
  } catch (error) {
    return `start: ${error}`;
  }
  const refusals = recordVertexErrors(stack);
  try {
    const client = sdkClient(Anthropic, stack);
    const healthy = await client.messages.create(QUESTION);
    if (!/^msg_(?!vrtx_)/.test(healthy.id)) return `Anthropic works, but the answer is ${healthy.id}`;
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const failedOver = await client.messages.create(QUESTION);
    if (!/^msg_vrtx_/.test(failedOver.id)) return `Anthropic is overloaded, but the answer is ${failedOver.id}`;
    return undefined;
  } catch (error) {
    return [`request: ${error}`, ...refusals].join("; Vertex: ");
  } finally {
    await stack.down();
  }
}

/** The Worker does not show Google's errors to a caller, so they are read from the local Vertex. */
function recordVertexErrors({ cloud }: Sandbox): string[] {
  const errors: string[] = [];
  cloud.onExchange = ({ host, response }) => {
    if (!host.endsWith("aiplatform.googleapis.com")) return;
    const end = response.end.bind(response) as (body: unknown) => unknown;
    const recordingEnd = (body: unknown) => {
      if (response.statusCode >= 400) errors.push(`${response.statusCode} ${body}`);
      return end(body);
    };
    Object.assign(response, { end: recordingEnd });
  };
  return errors;
}

const complete = await Sandbox.up({ config: CONFIG });
await complete.down();
const resources = complete.registrations.map(({ type, name }) => `${type} ${name}`);
const script = complete.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
const bindings: string[] = script?.inputs.bindings.map(({ name }: { name: string }) => name) ?? [];

it("a complete stack serves from both targets", async () => {
  expect(bindings).toContain("RATE_LIMIT_1000");
  expect(bindings).toContain(DISPENSABLE);
  expect(await faultOf({})).toBeUndefined();
});

it("every reason belongs to one resource of the program", () => {
  const matches = REASONS.map(([resource]) => resources.filter((name) => resource.test(name)).length);
  expect(matches).toEqual(REASONS.map(() => 1));
});

describe("a stack does not serve without", () => {
  it.each(resources)("%s", async (missing) => {
    const reasons = REASONS.flatMap(([resource, reason]) => (resource.test(missing) ? [reason] : []));
    expect(reasons).toHaveLength(1);

    const fault = await faultOf({
      intercept: ({ type, name, inputs }) => (`${type} ${name}` === missing ? undefined : inputs),
    });

    expect(fault).toMatch(reasons[0] as RegExp);
  });

  it.each(bindings.filter((name) => name !== DISPENSABLE))("the binding %s", async (missing) => {
    const fault = await faultOf({
      intercept: ({ type, inputs }) =>
        type === script?.type
          ? { ...inputs, bindings: inputs.bindings.filter(({ name }: { name: string }) => name !== missing) }
          : inputs,
    });
    expect(fault).toMatch(new RegExp(`^request: .*The binding ${missing} is missing`));
  });
});

describe("the gateway", () => {
  let stack: Sandbox;
  beforeAll(async () => {
    stack = await Sandbox.up();
  });
  afterAll(() => stack.down());

  it("returns 401 to a call without the run token", async () => {
    const response = await fetch(stack.gatewayUrl, { method: "POST", body: "[]" });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ success: false, error: [{ code: 2009 }] });
  });
});
