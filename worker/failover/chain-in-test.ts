/** Runs a chain for tests, with prepared answers. Returns the calls and the result. */
import { Caller } from "../caller.ts";
import type { Failure } from "../errors.ts";
import { ANTHROPIC, type Target, targetName } from "../targets/target.ts";
import type { AttemptLimits } from "./attempt.ts";
import { CircuitBreaker, type Requester } from "./circuit-breaker.ts";
import { attemptsText, type Run, runChain, type StepSender } from "./run.ts";
import { TargetHealth } from "./target-health.ts";

export const US_EAST5: Target = { kind: "vertex", location: "us-east5" };
export const US: Target = { kind: "vertex", location: "us" };
export const BEDROCK: Target = { kind: "bedrock", region: "us-east-1" };

export const MESSAGE = JSON.stringify({ id: "msg_1", type: "message", content: [] });
export const VERTEX_MESSAGE = JSON.stringify({ id: "msg_vrtx_1", type: "message", content: [] });
export const BEDROCK_MESSAGE = JSON.stringify({ id: "msg_bdrk_1", type: "message", content: [] });

export type Answer = () => Response | Promise<Response>;

export const ok = (headers: HeadersInit = {}, body = MESSAGE): Answer => {
  return () => new Response(body, { headers });
};
export const failed = (status: number, headers: HeadersInit = {}, message = "m"): Answer => {
  const body = JSON.stringify({ type: "error", error: { type: "some_error", message } });
  return () => new Response(body, { status, headers });
};
export const gatewayError = (code: number): Answer => {
  return () => Response.json({ success: false, error: [{ code, message: "m" }] }, { status: 400 });
};
export const lost: Answer = () => {
  throw new Error("Network connection lost.");
};
export const step = (index: number) => ({ "cf-aig-step": String(index) });

export interface RunResult {
  calls: string[];
  attempts: string;
  served: string | undefined;
  status: number | undefined;
  failure: Failure | undefined;
  isCallerError: boolean;
  health: TargetHealth;
}

export interface Circumstances extends Partial<Omit<StepSender, "send">> {
  targets?: readonly Target[];
  groupSize?: number;
  limits?: Partial<AttemptLimits>;
  expected?: Partial<Run["expected"]>;
  caller?: Caller;
  open?: readonly Target[];
  waitsForGoogle?: boolean;
  breaker?: CircuitBreaker;
  requester?: Requester;
}

export const breakerOf = (failures = 5) => new CircuitBreaker({ failures, windowMs: 30_000, openMs: 30_000 });
export const REQUESTER = { client: "alice", model: "m" };

/** Runs a chain. The answers are used in the order of the calls. */
export function run(answers: readonly Answer[], circumstances: Circumstances = {}): Promise<RunResult> {
  const left = [...answers];
  return runAgainst(() => {
    const answer = left.shift();
    if (!answer) throw new Error("no call was expected");
    return answer();
  }, circumstances);
}

/** Runs a chain. `answerTo` answers each call of a group. */
export async function runAgainst(
  answerTo: (group: readonly Target[]) => Response | Promise<Response>,
  circumstances: Circumstances = {},
): Promise<RunResult> {
  const { targets = [ANTHROPIC, US_EAST5], groupSize = 9, limits, expected, caller, open = [] } = circumstances;
  const calls: string[] = [];
  const health = new TargetHealth(circumstances.breaker ?? breakerOf(), circumstances.requester ?? REQUESTER);
  const steps: StepSender = {
    hasToken: () => true,
    fetchToken: async () => undefined,
    repair: () => false,
    isUnsupported: () => false,
    otherRunToken: () => false,
    ...circumstances,
    async send(group) {
      calls.push(group.map(targetName).join("+"));
      return answerTo(group);
    },
  };
  const result = await runChain({
    targets,
    open,
    waitsForGoogle: circumstances.waitsForGoogle ?? false,
    groupSize,
    expected: {
      stream: false,
      shape: "message",
      modelIsKnown: true,
      namesStoredObjects: false,
      callerChoseAccount: false,
      ...expected,
    },
    limits: { targetMs: 60_000, firstEventMs: 60_000, deadlineMs: Date.now() + 300_000, ...limits },
    caller: caller ?? new Caller(new AbortController().signal),
    health,
    steps,
  });
  return {
    calls,
    attempts: attemptsText(result.attempts),
    served: result.served && targetName(result.served),
    status: result.answer?.response.status ?? result.failure?.status,
    failure: result.failure,
    isCallerError: result.isCallerError === true,
    health,
  };
}
