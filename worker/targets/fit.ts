/**
 * Decides whether a request has the same meaning on a platform other than Anthropic's own, and in
 * which form it is sent. Each member and each beta is in one of three classes. The platform accepts
 * it. Or the platform refuses it and it does not change the answer: then it is left out and
 * reported. Or the platform refuses it and it changes the answer: then the platform is not asked.
 * Unknown members and betas are in the third class. Each platform has its own table.
 */
import type { Endpoint } from "../endpoints.ts";
import type { RequestBody } from "../request/body.ts";
import { TOO_MANY } from "../request/json-scanner.ts";
import type { Capabilities } from "./capabilities.ts";
import {
  DISPENSABLE_MEMBERS,
  NOT_COUNTED,
  NOT_COUNTED_BETAS,
  RENAMED_BETAS,
  STORED_OBJECTS,
  UNNEEDED_BETAS,
  UNNEEDED_MEMBERS,
} from "./vertex-capabilities.ts";

/** How a request is changed for a platform. */
export interface Form {
  version: string;
  betas: readonly string[];
  omittedMembers: ReadonlySet<string>;
  /** For `x-failover-omitted`: names of members, and betas as `beta:name`. */
  report: readonly string[];
}

/** If no step has the same meaning, `reason` is a word for `x-failover-skipped`. */
export type Fit = { ok: true; form: Form } | { ok: false; reason: string };

export function fitFor(
  platform: Capabilities,
  body: RequestBody,
  callersVersion: string,
  betas: readonly string[],
  { name }: Endpoint,
): Fit {
  if (body.end - body.start > platform.maxBodyBytes) return { ok: false, reason: "too_large" };
  const version = platform.versions.get(callersVersion);
  if (!version) return { ok: false, reason: "version" };
  for (const feature of body.features) {
    if (feature === TOO_MANY || platform.essentialFeatures.test(feature))
      return { ok: false, reason: nameable("type", feature) };
  }
  const keptBetas = new Set<string>();
  const report: string[] = [];
  for (const beta of betas) {
    const renamed = RENAMED_BETAS.get(beta) ?? beta;
    const isCounted = name === "messages" || !NOT_COUNTED_BETAS.has(renamed);
    const isTakenBeta = platform.takenBetas.has(renamed);
    if (isTakenBeta && isCounted) keptBetas.add(renamed);
    else if (isTakenBeta || UNNEEDED_BETAS.test(beta)) report.push(`beta:${beta}`);
    else return { ok: false, reason: nameable("beta", `beta:${beta}`) };
  }
  const omittedMembers = new Set<string>();
  for (const member of body.members.keys()) {
    const isOmitted = isUnneeded(member, body, platform) || (name === "count_tokens" && NOT_COUNTED.has(member));
    if (isOmitted) omittedMembers.add(member);
    else if (!isTaken(member, keptBetas, platform))
      return { ok: false, reason: nameable("member", `member:${member}`) };
  }
  report.unshift(...[...omittedMembers].map((member) => nameable("member", member)));
  if (body.cuts.length > 0) report.push("cache_control.scope");
  return { ok: true, form: { version, betas: [...keptBetas], omittedMembers, report } };
}

export function namesStoredObjects({ features, members }: RequestBody): boolean {
  return members.has("container") || [...features].some((feature) => STORED_OBJECTS.test(feature));
}

/**
 * @returns a word for the part of the request that the platform refuses and Anthropic accepts;
 * undefined if the 400 has another cause
 */
export function refusedPart(message: string, body: RequestBody, betas: readonly string[]): string | undefined {
  const [, member] = /^([a-z_]+)(?:\.[\w.]+)?: Extra inputs are not permitted$/.exec(message) ?? [];
  if (member && body.members.has(member)) return nameable("member", `member:${member}`);
  const [, beta] = /^Unexpected value\(s\) `([a-z0-9-]+)`.* for the `anthropic-beta` header/.exec(message) ?? [];
  if (beta && betas.includes(beta)) return `beta:${beta}`;
  return /^[a-z]+\.\d+\S*: Input tag '.*' found using 'type' does not match/.test(message) ? "type" : undefined;
}

/**
 * @returns the member that the platform refuses and that can be left out without changing the
 * answer; undefined if there is no such member
 */
export function dispensableMember(message: string, { members }: RequestBody): string | undefined {
  const [, member = ""] = /^([a-z_]+): Extra inputs are not permitted$/.exec(message) ?? [];
  return DISPENSABLE_MEMBERS.has(member) && members.has(member) ? member : undefined;
}

function isTaken(member: string, betas: ReadonlySet<string>, { takenMembers, memberBetas }: Capabilities): boolean {
  return takenMembers.has(member) || memberBetas.get(member)?.some((beta) => betas.has(beta)) === true;
}

function isUnneeded(
  member: string,
  { bytes, members, features }: RequestBody,
  { takenMembers }: Capabilities,
): boolean {
  if (takenMembers.has(member)) return false;
  // A new thread has no history, so its first turn is like any other request.
  if (member === "thread" && features.has("thread:create")) return true;
  // Null is the same as absent.
  const isNull = bytes[members.get(member)?.valueStart ?? -1] === "n".charCodeAt(0);
  return isNull || UNNEEDED_MEMBERS.has(member);
}

/**
 * @returns the caller's text if it looks like a name, otherwise `kind`, so that headers repeat only
 * names
 */
function nameable(kind: string, text: string): string {
  return /^[a-z0-9_:.-]{1,80}$/.test(text) ? text : kind;
}
