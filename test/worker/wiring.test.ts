/**
 * The local cloud enforces the wiring: without any one of the resources or bindings that the program registers, requests are
 * no longer served by both targets. The list is the program's own, so a new resource is held to it from its first day.
 */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { Sandbox, type StackOptions } from "../../local/sandbox/index.ts";
import { QUESTION, sdkClient } from "../support/local-stack.ts";

/** @returns what keeps a stack from serving; undefined where both targets serve. */
async function faultOf(options: StackOptions): Promise<string | undefined> {
  let stack: Sandbox;
  try {
    stack = await Sandbox.up({ config: CONFIG, ...options });
  } catch (error) {
    return `up: ${error}`;
  }
  try {
    const client = sdkClient(Anthropic, stack);
    const healthy = await client.messages.create(QUESTION);
    if (!/^msg_(?!vrtx_)/.test(healthy.id)) return `Anthropic is well, and ${healthy.id} answered`;
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const failedOver = await client.messages.create(QUESTION);
    if (!/^msg_vrtx_/.test(failedOver.id)) return `Anthropic is overloaded, and ${failedOver.id} answered`;
    return undefined;
  } catch (error) {
    return `request: ${error}`;
  } finally {
    await stack.down();
  }
}

/** High enough for the few requests here. */
const CONFIG = { clients: [{ name: "default", requestsPerMinute: 1_000 }] };
const whole = await Sandbox.up({ config: CONFIG });
await whole.down();
const script = whole.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
const bindings: string[] = script?.inputs.bindings.map(({ name }: { name: string }) => name) ?? [];

it("serves by both targets when nothing is missing", async () => {
  expect(bindings).toContain("RATE_LIMIT_1000");
  expect(await faultOf({})).toBeUndefined();
});

describe("a stack does not serve without its", () => {
  it.each(whole.registrations.map(({ type, name }) => `${type} ${name}`))("%s", async (missing) => {
    const fault = await faultOf({
      intercept: ({ type, name, inputs }) => (`${type} ${name}` === missing ? undefined : inputs),
    });
    expect(fault).toBeDefined();
  });

  it.each(bindings)("binding %s", async (missing) => {
    const fault = await faultOf({
      intercept: ({ type, inputs }) =>
        type === script?.type
          ? { ...inputs, bindings: inputs.bindings.filter(({ name }: { name: string }) => name !== missing) }
          : inputs,
    });
    expect(fault).toMatch(new RegExp(`request: .*The binding ${missing} is missing`));
  });

  it("gateway's authentication: nobody else may run it", async () => {
    const stack = await Sandbox.up();
    try {
      const response = await fetch(stack.gatewayUrl, {
        method: "POST",
        body: "[]",
      });
      expect(response.status).toBe(401);
    } finally {
      await stack.down();
    }
  });
});
