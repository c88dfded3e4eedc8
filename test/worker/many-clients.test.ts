/**
 * The largest stack that the program allows: the highest number of clients, with the longest names,
 * all rights and all rates, while every other secret is being rotated. Like Cloudflare's free plan,
 * the local cloud refuses a variable over 5 KB and a 65th variable.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_BINDINGS, MAX_CLIENTS, maxRates } from "../../infra/worker/binding-size.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { post, QUESTION } from "../support/sandbox.ts";

const RATES = maxRates(MAX_CLIENTS, false);
/** The rate is small, so that a few calls use it up. */
const SMALLEST_RATE = 2;
/** Pulumi's SDK takes about 5 ms for each token, and several times that on a busy machine. */
const UP_TIMEOUT_MS = 120_000;

function nameOf(index: number): string {
  return `${"n".repeat(32 - String(index).length)}${index}`;
}

function up(count: number, epoch: number): Promise<Sandbox> {
  return Sandbox.up({
    config: {
      clients: Array.from({ length: count }, (_, index) => ({
        name: nameOf(index),
        operator: true,
        batches: true,
        requestsPerMinute: SMALLEST_RATE + (index % RATES),
        epoch,
      })),
      rotation: { google: { epoch: 2 }, gatewayToken: { epoch: 2 } },
      anthropicApiKeyPrevious: "sk-ant-local-the-one-before",
    },
  });
}

async function ask(stack: Sandbox, token: string): Promise<number> {
  const response = await post(stack, JSON.stringify(QUESTION), { "x-api-key": token });
  await response.text();
  return response.status;
}

function tokenOf(stack: Sandbox, index: number): string {
  return stack.outputs.clientTokens[nameOf(index)] ?? "";
}

it("a stack can have 1,000 clients with 18 rates", () => {
  expect({ MAX_CLIENTS, RATES }).toEqual({ MAX_CLIENTS: 1_000, RATES: 18 });
});

describe.each([
  { count: 500, epoch: 1 },
  // Every line holds two digests, and the lines fill sixteen variables completely.
  { count: 512, epoch: 2 },
  { count: MAX_CLIENTS, epoch: 1 },
])("with $count clients in epoch $epoch", ({ count, epoch }) => {
  let stack: Sandbox;
  beforeAll(async () => {
    stack = await up(count, epoch);
  }, UP_TIMEOUT_MS);
  afterAll(() => stack?.down());

  it.each([
    ["the first client", 0],
    ["the last client of the first variable", 31],
    ["the first client of the second variable", 32],
    ["a client in the middle", Math.floor(count / 2)],
    ["the last client", count - 1],
  ])("accepts the token of %s", async (_which, index) => {
    expect(await ask(stack, tokenOf(stack, index))).toBe(200);
  });

  it("refuses an unknown token", async () => {
    expect(await ask(stack, tokenOf(stack, 0).replace(/.$/, "-"))).toBe(401);
  });

  it("creates as many bindings as the program has calculated", () => {
    const script = stack.registrations.find(({ type }) => type.endsWith(":WorkersScript"));

    expect(script?.inputs.bindings.length).toBe(MAX_BINDINGS - maxRates(count, false) + RATES);
  });

  it("limits each client separately, even if clients have the same rate", async () => {
    const statuses: number[] = [];
    // If a new minute begins during the loop, two more calls succeed.
    for (let call = 0; call < 2 * SMALLEST_RATE + 1; call++) statuses.push(await ask(stack, tokenOf(stack, 2 * RATES)));

    expect(statuses).toContain(429);
    expect(await ask(stack, tokenOf(stack, 3 * RATES))).toBe(200);
  });
});

it("changes only the last variable when a client is added at the end", async () => {
  const variables = async (count: number): Promise<Record<string, string[]>> => {
    const stack = await Sandbox.up({
      config: { clients: Array.from({ length: count }, (_, index) => nameOf(index)) },
    });
    await stack.down();
    const script = stack.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
    const bindings: { name: string; text: string }[] = script?.inputs.bindings;
    return Object.fromEntries(
      bindings
        .filter(({ name }) => /^CLIENTS_/.test(name))
        .map(({ name, text }) => [name, text.split("\n").map((line) => line.split(" ")[0] ?? "")]),
    );
  };

  const before = await variables(40);
  const after = await variables(41);

  expect(Object.keys(before)).toEqual(["CLIENTS_1", "CLIENTS_2"]);
  expect(after).toEqual({ ...before, CLIENTS_2: [...(before.CLIENTS_2 ?? []), nameOf(40)] });
});
