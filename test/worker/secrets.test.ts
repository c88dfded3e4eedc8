/**
 * Secrets must not appear outside the places made for them. The search covers plain text and common
 * encodings.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWorker } from "../../infra/worker/bundle.ts";
import type { Fault } from "../../local/faults/faults.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { leaksIn } from "../support/leaks.ts";
import { post, QUESTION } from "../support/sandbox.ts";

const lines: string[] = [];
let stack: Sandbox;
let secrets: Readonly<Record<string, string>>;

beforeAll(async () => {
  stack = await Sandbox.up({
    onLine: (line) => lines.push(line),
    config: { timeouts: { firstByteMs: 200, firstEventMs: 200, jsonMs: 200, chainMs: 1_000 } },
  });
  const key = binding("GOOGLE_CREDENTIAL");
  secrets = {
    anthropicApiKey: stack.anthropicApiKey,
    gatewayToken: stack.outputs.gatewayToken,
    ...stack.outputs.clientTokens,
    googleKeyFile: key,
    googlePrivateKey: JSON.parse(Buffer.from(key, "base64").toString()).private_key.split("\n")[1],
  };
});
afterAll(() => stack.down());

function binding(name: string): string {
  const script = stack.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
  const found = script?.inputs.bindings.find((candidate: { name: string }) => candidate.name === name);
  if (!found) throw new Error(`no binding ${name}`);
  return found.text;
}

describe("no secret is in", () => {
  it("the bundle", () => {
    expect(leaksIn(bundleWorker(), secrets)).toEqual([]);
  });

  it("an input that Pulumi stores as plain text", () => {
    expect(leaksIn(stack.registrations.map(({ plainText }) => plainText).join("\n"), secrets)).toEqual([]);
  });

  it("an output that Pulumi prints", () => {
    const shown = Object.entries(stack.run.outputs).filter(([name]) => !stack.run.secretOutputs.includes(name));
    expect(shown.map(([name]) => name)).toEqual(["url", "gatewayUrl"]);
    expect(leaksIn(JSON.stringify(shown), secrets)).toEqual([]);
  });

  it("a log line or an answer, for every pair of faults", async () => {
    const faults: (Fault | undefined)[] = [
      undefined,
      { mode: "status", status: 401 },
      { mode: "status", status: 500 },
      { mode: "reset" },
      { mode: "hang" },
      { mode: "cut" },
    ];
    const answers: string[] = [];
    for (const anthropic of faults) {
      for (const vertex of faults) {
        stack.cloud.context.faults.clear();
        if (anthropic) stack.cloud.context.faults.set("anthropic", anthropic);
        if (vertex) stack.cloud.context.faults.set("vertex", vertex);
        const response = await post(stack, JSON.stringify(QUESTION));
        answers.push(JSON.stringify([...response.headers]), await response.text());
      }
    }
    expect(leaksIn(answers.join("\n"), secrets)).toEqual([]);
    expect(leaksIn(lines.join("\n"), secrets)).toEqual([]);
  });

  it("the Worker's list of clients, which holds only digests", () => {
    expect(binding("CLIENTS_1")).toMatch(/^default [\w-]{43}$/);
  });

  it("the gateway's log, which keeps neither prompts nor answers", async () => {
    const account = stack.cloud.context.state.accounts.get("10ca1c10d00000000000000000000000");
    const logs = [...(account?.gateways.values() ?? [])].flatMap((gateway) => gateway.logs);
    expect(logs.length).toBeGreaterThan(0);
    expect(logs.filter((entry) => entry.payload)).toEqual([]);
    expect(logs[0]?.metadata).toEqual({ client: "default", environment: "local", request: expect.any(String) });
  });
});

it("the search finds a secret, plain or encoded", () => {
  expect(leaksIn(`x${encodeURIComponent(stack.anthropicApiKey)}`, secrets)).toEqual(["anthropicApiKey"]);
  expect(leaksIn(stack.outputs.gatewayToken, secrets)).toEqual(["gatewayToken"]);
});
