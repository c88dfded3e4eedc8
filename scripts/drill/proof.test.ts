/** What the gateway's log and the answers must show before a drill counts as proven. */
import { describe, expect, it } from "vitest";
import type { GatewayEntry } from "../clouds/gateway-log.ts";
import { type Answered, parseAttempts } from "../clouds/worker.ts";
import { type ProofOptions, prove, type Seen, seenOf } from "./proof.ts";
import { RunEntries, type Sample } from "./sample.ts";

const ANSWER: Answered = {
  kind: "answered",
  status: 200,
  target: "vertex/us",
  attempts: [],
  skipped: undefined,
  version: "v1",
  requestId: "req_vrtx_1",
  gatewayLogId: "log-2",
  firstMs: 1,
  totalMs: 2,
  usage: { inputTokens: 1, outputTokens: 1 },
  isComplete: true,
  error: undefined,
};
const ENTRY: GatewayEntry = {
  id: "log-1",
  createdMs: 0,
  provider: "anthropic",
  model: "m",
  path: "v1/messages",
  durationMs: 1,
  isSuccess: false,
  status: 401,
  step: 0,
  tokensIn: 0,
  tokensOut: 0,
  costUsd: 0,
  client: "oncall",
  request: "req_failover_1",
};
const VERTEX = { ...ENTRY, id: "log-2", provider: "google-vertex-ai", path: "v1/projects/p/locations/us/publishers/x" };

function sampleOf(attempts: string, more: Partial<Answered> = {}): Sample {
  return { isDrilled: true, startedMs: 0, answer: { ...ANSWER, attempts: parseAttempts(attempts), ...more } };
}
function optionsFor(sample: Sample, entries: GatewayEntry[], more: Partial<ProofOptions> = {}): ProofOptions {
  return { target: "anthropic", routing: "universal", entries: new Map([[sample, entries]]), ...more };
}
const NOBODY = { status: 502, target: undefined, isComplete: false };

describe("a drilled request", () => {
  it.each<[Seen, string, Sample, GatewayEntry[]]>([
    ["refused", "the log has the refusal", sampleOf("anthropic=?;vertex/us=200"), [ENTRY, VERTEX]],
    [
      "failed",
      "the target failed in another way",
      sampleOf("anthropic=529;vertex/us=200"),
      [{ ...ENTRY, status: 529 }],
    ],
    ["failed", "the target gave no answer", sampleOf("anthropic=?;vertex/us=200"), [{ ...ENTRY, status: undefined }]],
    ["answered", "the target itself answered", sampleOf("anthropic=200", { target: "anthropic" }), []],
    [
      "answered",
      "the log has an answer of the target",
      sampleOf("anthropic=?;vertex/us=200"),
      [{ ...ENTRY, isSuccess: true, status: 200 }],
    ],
    ["not asked", "its circuit was open", sampleOf("anthropic=open;vertex/us=200"), [VERTEX]],
    ["not asked", "the gateway failed for all", sampleOf("anthropic=?;vertex/us=?", NOBODY), []],
    ["unproven", "the log has nothing of an answer", sampleOf("anthropic=?;vertex/us=200"), []],
    ["not asked", "the gateway's edge failed", sampleOf("anthropic=?;vertex/us=?;anthropic=502", NOBODY), []],
    ["unproven", "the log has nothing of a refusal", sampleOf("anthropic=401;vertex/us=529", NOBODY), []],
    [
      "skipped",
      "the other provider could not be asked",
      sampleOf("anthropic=401", { ...NOBODY, skipped: "too_large" }),
      [ENTRY],
    ],
    [
      "refused",
      "one of two other providers could be asked",
      sampleOf("anthropic=401;vertex/us=200", { skipped: "bedrock=model_not_on_bedrock" }),
      [ENTRY, VERTEX],
    ],
    [
      "skipped",
      "neither of two other providers could be asked",
      sampleOf("anthropic=401", { ...NOBODY, skipped: "vertex=too_large;bedrock=too_large" }),
      [ENTRY],
    ],
    ["no answer", "something else answered", sampleOf("", { version: undefined }), []],
  ])("counts as %s if %s", (seen, _why, sample, entries) => {
    expect(seenOf(sample, optionsFor(sample, entries))).toBe(seen);
  });

  it("counts as no answer if the Worker cannot be reached", () => {
    const sample: Sample = { isDrilled: true, startedMs: 0, answer: { kind: "unreachable", why: "x", totalMs: 1 } };

    expect(seenOf(sample, optionsFor(sample, []))).toBe("no answer");
  });

  it.each<[Seen, string]>([
    ["refused", "anthropic=401;vertex/us=200"],
    ["failed", "anthropic=529;vertex/us=200"],
    ["not asked", "anthropic=open;vertex/us=200"],
  ])("is judged by its header where nothing goes through the gateway: %s", (seen, attempts) => {
    const sample = sampleOf(attempts);

    expect(seenOf(sample, optionsFor(sample, [], { routing: "bypass" }))).toBe(seen);
  });

  it("is judged by the drilled location", () => {
    const sample = sampleOf("anthropic=?;vertex/us=?;vertex/eu=200", { target: "vertex/eu" });

    const options = optionsFor(sample, [ENTRY, VERTEX], { target: "vertex/us" });

    expect(seenOf(sample, options)).toBe("refused");
    expect(seenOf(sample, { ...options, target: "vertex/u" })).toBe("not asked");
  });
});

describe("a drill", () => {
  const verdict = (...seen: [sample: Sample, entries: GatewayEntry[]][]) =>
    prove(
      seen.map(([sample]) => sample),
      { target: "anthropic", routing: "universal", entries: new Map(seen) },
    ).failure?.why;
  const REFUSED: [Sample, GatewayEntry[]] = [sampleOf("anthropic=?;vertex/us=200"), [ENTRY, VERTEX]];
  const OPEN: [Sample, GatewayEntry[]] = [sampleOf("anthropic=open;vertex/us=200"), [VERTEX]];

  it("is proven by refusals, also where some requests did not reach the target", () => {
    expect(verdict(REFUSED, OPEN)).toBeUndefined();
  });

  it.each<[string, [Sample, GatewayEntry[]][], RegExp]>([
    ["without a request", [], /^no drilled request was answered$/],
    ["if the target was never asked", [OPEN], /^anthropic was not asked: its circuit is open/],
    [
      "if one request has no call in the log",
      [REFUSED, [sampleOf("anthropic=?;vertex/us=200"), []]],
      /^1 of 2 .*the log is late/,
    ],
    [
      "if the target answered once",
      [REFUSED, [sampleOf("anthropic=200", { target: "anthropic" }), []]],
      /removes the header$/,
    ],
    [
      "if the target failed by itself",
      [[sampleOf("anthropic=529"), [{ ...ENTRY, status: 529 }]]],
      /^anthropic failed by itself/,
    ],
    [
      "if nobody else may be asked",
      [[sampleOf("anthropic=401", { skipped: "unknown_model" }), []]],
      /x-failover-skipped is unknown_model$/,
    ],
  ])("is not proven %s", (_when, seen, why) => {
    expect(verdict(...seen)).toMatch(why);
  });
});

describe("a request is found in the gateway's log", () => {
  const entries = new RunEntries();
  entries.add([ENTRY, VERTEX]);
  entries.addAnswerIds([["req_vrtx_9", "req_failover_1"]]);

  it.each([
    ["by the Worker's own id", { requestId: "req_failover_1", gatewayLogId: undefined }],
    ["by the entry that the answer names", { requestId: "req_vrtx_1", gatewayLogId: "log-2" }],
    ["by the Worker's log line", { requestId: "req_vrtx_9", gatewayLogId: undefined }],
  ])("%s", (_how, ids) => {
    const sample = sampleOf("", ids);

    expect(entries.bySample([sample]).get(sample)).toEqual([ENTRY, VERTEX]);
  });
});
