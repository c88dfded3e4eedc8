/** Decides which requests are turns of a conversation that stays on its target. */
import type { RequestContext } from "../context.ts";
import type { Endpoint } from "../endpoints.ts";
import type { StepSender } from "../failover/run.ts";
import type { RequestBody } from "../request/body.ts";
import { type Chain, modelKey } from "../targets/chain.ts";
import { needsGoogleToken } from "../targets/target.ts";
import { type Preference, Turn } from "./turn.ts";

/** With the value `off`, the request neither follows its conversation nor is remembered. */
const HEADER = "x-failover-sticky";
/**
 * How long a conversation waits for Google's token to stay on Vertex. Without the token it goes in
 * the order of the chain.
 */
const TOKEN_LIMIT_MS = 1_000;

/** @returns undefined if the request goes in the order of the chain and is not remembered */
export function beginTurn(
  endpoint: Endpoint,
  body: RequestBody,
  chain: Chain,
  session: string | undefined,
  { request, isolate, client }: RequestContext,
): Turn | undefined {
  const { stickiness } = isolate.settings.options;
  // Counting tokens uses no prompt cache.
  if (stickiness.mode === "off" || endpoint.name !== "messages" || chain.targets.length < 2) return undefined;
  if (request.headers.get(HEADER) === "off") return undefined;
  const of = { client: client.name, model: modelKey(chain), body, session, targets: chain.targets };
  return new Turn(of, stickiness.mode === "full" ? isolate.conversations : undefined, stickiness);
}

/** @returns undefined if the preferred target needs a token that Google does not give in time */
export async function whenReady(
  preferred: Preference | undefined,
  steps: Pick<StepSender, "hasToken" | "fetchToken">,
  deadlineMs: number,
): Promise<Preference | undefined> {
  if (!preferred || !needsGoogleToken(preferred.target) || steps.hasToken()) return preferred;
  const untilMs = Math.min(Date.now() + TOKEN_LIMIT_MS, deadlineMs);
  return steps.fetchToken(untilMs).then(
    () => preferred,
    () => undefined,
  );
}
