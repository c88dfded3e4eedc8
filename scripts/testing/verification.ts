/** `verify` against a stack of the local cloud, of which a test can turn one rule around. */
import { afterAll, beforeAll } from "vitest";
import { ACCOUNT_ID, GOOGLE_PROJECT, Sandbox } from "../../local/sandbox/index.ts";
import type { CloudflareAccount, GoogleProject } from "../../local/state/index.ts";
import { NEVER_OPEN } from "../../test/support/sandbox.ts";
import { Interceptor, type Reply, type Rule } from "./interceptor.ts";
import { runOperator } from "./operator.ts";

/** These send 30 MB. */
export const LARGE = [1, 2, 13];
/** A provider needs longer than the one millisecond that some experiments allow. */
const LATENCY_MS = 8;
/** So long that the experiment trusts an answer without the limit. */
export const SLOW_MS = 40;
const BETWEEN_EVENTS_MS = 8;

export interface Verification {
  sandbox: Sandbox;
  interceptor: Interceptor;
  /** How long Anthropic takes for an answer, which a test may change. */
  latency: { ms: number };
  account: CloudflareAccount;
  project: GoogleProject;
  /** The verdicts by number. Points that send much are left out, unless they are named. */
  verdicts(rule: Rule | undefined, large?: readonly number[]): Promise<Map<number, Point>>;
}

export interface Point {
  verdict: string;
  seen: string;
  consequence?: string;
}

/** Starts the stack before the tests. @returns it, for a test */
export function useVerification(): () => Verification {
  let found: Verification | undefined;
  beforeAll(async () => {
    const sandbox = await Sandbox.up({
      isUpdatable: true,
      config: {
        clients: ["app", { name: "oncall", operator: true }],
        googleAuth: "workloadIdentity",
        vertexLocations: ["us-east5", "us"],
        bedrock: { region: "us-east-1" },
        breaker: NEVER_OPEN,
      },
    });
    const latency = { ms: LATENCY_MS };
    likeALiveProvider(sandbox, latency);
    found = toVerification(sandbox, latency, await Interceptor.start(sandbox.cloud.url));
  });
  afterAll(async () => {
    found?.interceptor.close();
    await found?.sandbox.down();
  });
  return () => {
    if (!found) throw new Error("the stack is not up yet");
    return found;
  };
}

/** A live provider takes its time, and a live stream takes longer. */
function likeALiveProvider({ cloud }: Sandbox, latency: { ms: number }): void {
  cloud.onExchange = ({ host, path }) => {
    if (path.endsWith(":streamRawPredict")) {
      cloud.context.faults.set("vertex", { mode: "slow", intervalMs: BETWEEN_EVENTS_MS, times: 1 });
    }
    return host === "api.anthropic.com" ? new Promise((resolve) => setTimeout(resolve, latency.ms)) : undefined;
  };
}

function toVerification(sandbox: Sandbox, latency: { ms: number }, interceptor: Interceptor): Verification {
  const { accounts, projects } = sandbox.cloud.context.state;
  const [account, project] = [accounts.get(ACCOUNT_ID), projects.get(GOOGLE_PROJECT)];
  if (!account || !project) throw new Error("no account or no project");
  return {
    sandbox,
    interceptor,
    latency,
    account,
    project,
    async verdicts(rule, large = []) {
      interceptor.rule = rule;
      const skipped = LARGE.filter((number) => !large.includes(number));
      const skip = skipped.length > 0 ? ["--skip", skipped.join(",")] : [];
      const { report } = await runOperator(["verify", "--local", interceptor.url, "--yes", "--json", ...skip]);
      interceptor.rule = undefined;
      const points = report?.points as (Point & { number: number; kind: string })[];
      return new Map(points.filter(({ kind }) => kind === "decided").map(({ number, ...point }) => [number, point]));
    },
  };
}

/** Numbers of the points with a verdict. */
export function withVerdict(verdicts: ReadonlyMap<number, Point>, wanted: string): number[] {
  return [...verdicts].filter(([, { verdict }]) => verdict === wanted).map(([number]) => number);
}

export function gatewayError(code: number, status = 400, message = "inverted"): Reply {
  const error = [{ code, message }];
  return { status, body: JSON.stringify({ success: false, result: [], messages: [], error, name: "AiGatewayError" }) };
}

export function cloudflareError(status: number, code: number): Reply {
  const errors = [{ code, message: "inverted" }];
  return { status, body: JSON.stringify({ success: false, errors, messages: [], result: null }) };
}

export function anthropicError(status: number, type: string, message: string): Reply {
  return { status, body: JSON.stringify({ type: "error", error: { type, message }, request_id: "req_inverted" }) };
}

export function googleError(code: number, status: string, message = "inverted"): Reply {
  return { status: code, body: JSON.stringify({ error: { code, status, message } }) };
}

export const ok = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) });
export const cloudflareOk = (result: unknown): Reply => ok({ success: true, errors: [], messages: [], result });
