/**
 * Sends a body that only its blanks make too large for Anthropic, as the first of two steps. A
 * gateway that forwards bytes gets a 413 for it. A gateway that prints the query again drops the
 * blanks, and Anthropic counts the tokens. Points 1 and 2 both need the answer.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayLog } from "../clouds/gateway-log.ts";
import { describeRaw } from "./finding.ts";
import type { Lab } from "./lab.ts";
import type { PaddedProbe } from "./padded-answer.ts";

export const PADDED_MB = 33;
export const PADDED_QUERY = { what: "a padded query", mb: PADDED_MB };
/** Anthropic's limit is 32 MB. */
const PADDING = PADDED_MB * 1024 * 1024;
const LOG_WAIT_MS = 30_000;
const LOG_INTERVAL_MS = 1_000;

/** Sends it once for all points that ask. */
export function paddedProbe(lab: Lab): Promise<PaddedProbe> {
  lab.shared.padded ??= probe(lab);
  return lab.shared.padded;
}

async function probe(lab: Lab): Promise<PaddedProbe> {
  const small = lab.countStep();
  const request = randomUUID();
  const padded = { ...small, query: `{${" ".repeat(PADDING)}${small.query.slice(1)}` };
  const startedMs = Date.now();
  const answer = await lab.gateway.universal(lab.plan.gateway, [padded, small], {
    "cf-aig-metadata": JSON.stringify({ request }),
    "cf-aig-collect-log-payload": "false",
  });
  if (answer.kind === "unreachable") return { kind: "unknown", why: answer.why };
  const step = answer.headers.get("cf-aig-step");
  if (step === "0" && answer.status === 200) return { kind: "reprinted" };
  if (step === "0" && answer.status === 413) return { kind: "returned" };
  if (step !== "1") return { kind: "unknown", why: describeRaw(answer) };
  const status = await statusOfFirstStep(lab, request, startedMs);
  if (status === 413) return { kind: "next step" };
  return { kind: "unknown", why: `the log has ${status ?? "no status"} for the step with ${PADDED_MB} MB` };
}

async function statusOfFirstStep({ cloudflare, plan, signal }: Lab, request: string, startedMs: number) {
  const log = new GatewayLog(cloudflare, plan);
  for (let waitedMs = 0; waitedMs < LOG_WAIT_MS; waitedMs += LOG_INTERVAL_MS) {
    const span = { fromMs: startedMs - 60_000, toMs: Date.now() + 60_000 };
    const answer = await log.entries({ ...span, metadataValue: request });
    const first = answer.kind === "ok" ? answer.value.find(({ step }) => step === 0) : undefined;
    if (first || answer.kind === "refused") return first?.status;
    await sleep(LOG_INTERVAL_MS, undefined, { signal });
  }
  return undefined;
}
