/** The two logs of a stack, as a request leaves them in the local cloud. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT_ID, Sandbox } from "../../local/sandbox/index.ts";
import type { Gateway } from "../../local/state/index.ts";
import { recordWorkerLine } from "../../local/state/worker-log.ts";
import { CloudflareApi } from "./cloudflare.ts";
import { GatewayLog } from "./gateway-log.ts";
import { ask } from "./worker.ts";
import { WorkerLog } from "./worker-log.ts";
import { deployedVersions } from "./worker-versions.ts";

const NAMES = { account: ACCOUNT_ID, gateway: "claude-failover-local", worker: "claude-failover-local" };
const { signal } = new AbortController();

let sandbox: Sandbox;
let cloudflare: CloudflareApi;
beforeAll(async () => {
  sandbox = await Sandbox.up();
  cloudflare = new CloudflareApi({
    baseUrl: `${sandbox.cloud.url}/api.cloudflare.com/client/v4`,
    headers: async () => ({ authorization: `Bearer ${sandbox.stack.options.cloudflareToken}` }),
    signal,
  });
});
afterAll(() => sandbox.down());

const account = () => {
  const found = sandbox.cloud.context.state.accounts.get(ACCOUNT_ID);
  if (!found) throw new Error("no account");
  return found;
};
const gateway = (): Gateway => {
  const found = account().gateways.get(NAMES.gateway);
  if (!found) throw new Error("no gateway");
  return found;
};
const hour = () => ({ fromMs: Date.now() - 3_600_000, toMs: Date.now() + 1_000 });

function write(...lines: object[]): void {
  for (const line of lines) recordWorkerLine(account(), NAMES.worker, JSON.stringify(line), Date.now());
}

describe("the gateway's log", () => {
  it("has a call with the request id of the Worker's line, found by the answer's log id", async () => {
    const token = sandbox.outputs.clientTokens.default ?? "";
    const question = {
      model: "claude-sonnet-4-6",
      stream: false,
      token,
      maxTokens: 5,
      text: "Hello",
      timeoutMs: 9_000,
    };
    const answer = await ask(sandbox.runtime.url, question, signal);
    if (answer.kind !== "answered") throw new Error(answer.why);

    const log = await new GatewayLog(cloudflare, NAMES).entries(hour());

    expect(log).toMatchObject({
      kind: "ok",
      value: [
        {
          id: answer.gatewayLogId,
          provider: "anthropic",
          status: 200,
          isSuccess: true,
          client: "default",
          request: expect.stringMatching(/^req_failover_/),
          tokensOut: 5,
        },
      ],
    });
  });

  it("is read whole where it has more entries than a list of the API", async () => {
    const [first] = gateway().logs;
    if (!first) throw new Error("no entry");
    const nowMs = Date.now();
    gateway().logs = Array.from({ length: 200 }, (_, index) => ({
      ...first,
      id: `log-${index}`,
      createdAt: new Date(nowMs - index).toISOString(),
    }));

    const log = await new GatewayLog(cloudflare, NAMES, 50).entries({ fromMs: nowMs - 10_000, toMs: nowMs });

    expect(log.kind === "ok" && new Set(log.value.map(({ id }) => id)).size).toBe(200);
    expect(log.kind === "ok" && log.value[0]?.id).toBe("log-199");
  });

  it("has metadata only where somebody has sent some", async () => {
    const [first] = gateway().logs;
    if (!first) throw new Error("no entry");
    gateway().logs = [{ ...first, createdAt: new Date().toISOString(), metadata: {} }];

    const log = await new GatewayLog(cloudflare, NAMES).entries(hour());

    expect(log).toMatchObject({ value: [{ client: undefined, request: undefined }] });
  });
});

describe("the Worker's log", () => {
  const line = (more: object) => ({ event: "request", request_id: "req_failover_1", method: "messages", ...more });

  it("gives the newest lines first, and where to go on", async () => {
    account().workerLog = [];
    write(line({ answer_id: "a" }), line({ answer_id: "b" }), { event: "other" }, line({ answer_id: "c" }));
    const log = new WorkerLog(cloudflare, NAMES);

    const first = await log.lines({ ...hour(), filters: [], limit: 2 });
    const offset = (first.kind === "ok" && first.value.next) || "";
    const rest = await log.lines({ ...hour(), filters: [], limit: 2, offset });

    const ids = (page: typeof first) => page.kind === "ok" && page.value.lines.map(({ line: { answer_id: id } }) => id);
    expect(ids(first)).toEqual(["c", "b"]);
    expect(ids(rest)).toEqual(["a"]);
  });

  it("gives figures by group, and over time", async () => {
    account().workerLog = [];
    write(line({ target: "anthropic", ms: 10 }), line({ target: "anthropic", ms: 30 }), line({ status: 502, ms: 5 }));

    const calculated = await new WorkerLog(cloudflare, NAMES).calculate({
      ...hour(),
      filters: [],
      groupBy: { key: "target", type: "string" },
      calculations: [
        { operator: "count", alias: "requests" },
        { operator: "p50", key: "ms", alias: "p50" },
      ],
      parts: 10,
    });

    expect(calculated).toMatchObject({
      kind: "ok",
      value: {
        groups: [{ value: "anthropic", figures: { requests: 2, p50: 20 } }],
        series: [{ startMs: expect.any(Number), value: 2 }],
        sampledOneIn: 1,
      },
    });
  });
});

it("the deployed version is the newest upload", async () => {
  const versions = await deployedVersions(cloudflare, NAMES);

  expect(versions).toMatchObject({ kind: "ok", value: [{ id: sandbox.script.versionId, percentage: 100 }] });
});
