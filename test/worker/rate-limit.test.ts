/** A rate limit binding works in workerd, and its replacement in Node works the same way. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { WorkerRuntime } from "../../local/sandbox/worker-runtime.ts";
import { addAccount, emptyState, type Script } from "../../local/state/index.ts";
import { RateLimitInNode } from "../support/rate-limit-in-node.ts";

/** A Worker that takes the request's path as the key and answers with the rate limit's decision. */
const PROBE = `export default {
  async fetch(request, env) {
    return Response.json(await env.RATE_LIMIT_2.limit({ key: new URL(request.url).pathname }));
  },
};`;
const SIMPLE = { limit: 2, period: 60 } as const;

let runtime: WorkerRuntime;
beforeAll(async () => {
  runtime = await WorkerRuntime.start({ script: probe(), cloudPort: 9, port: 0 });
});
afterAll(() => runtime.stop());

function probe(): Script {
  return {
    account: addAccount(emptyState(), "account", "local"),
    name: "probe",
    versionId: "v1",
    content: PROBE,
    mainModule: "index.js",
    compatibilityDate: "2026-07-30",
    compatibilityFlags: [],
    bindings: [{ name: "RATE_LIMIT_2", type: "ratelimit", namespaceId: "1", simple: SIMPLE }],
    observability: null,
    logpush: false,
    usageModel: "standard",
    limits: null,
    createdOn: "",
    modifiedOn: "",
    subdomainEnabled: true,
    previewsEnabled: false,
  };
}

async function inWorkerd(key: string): Promise<boolean> {
  const response = await fetch(`${runtime.url}/${key}`);
  return ((await response.json()) as { success: boolean }).success;
}

const limitInNode = new RateLimitInNode(SIMPLE);
const inNode = async (key: string) => (await limitInNode.limit({ key })).success;

describe.each([
  ["workerd", inWorkerd],
  ["Node", inNode],
])("in %s", (_where, call) => {
  it("refuses calls above the limit of a key, and accepts another key", async () => {
    const calls: boolean[] = [];
    // If a new minute begins during the loop, two more calls succeed.
    for (let index = 0; index < 5; index++) calls.push(await call("busy"));
    const other = await call("other");

    expect(calls.slice(0, 2)).toEqual([true, true]);
    expect(calls).toContain(false);
    expect(other).toBe(true);
  });
});

it("in Node, accepts calls again in the next minute", async () => {
  vi.useFakeTimers({ now: 0, toFake: ["Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const limit = new RateLimitInNode(SIMPLE);
  const successes = async () =>
    (await Promise.all([1, 2, 3].map(() => limit.limit({ key: "busy" })))).map((one) => one.success);

  const first = await successes();
  vi.setSystemTime(60_000);
  const second = await successes();

  expect([first, second]).toEqual([
    [true, true, false],
    [true, true, false],
  ]);
});
