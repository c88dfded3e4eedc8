/**
 * Reads and replaces a policy, always as a whole. The etag detects changes since the last read:
 * then the policy is not replaced. Source for the texts: captures in public issues.
 */
import { refusal } from "../../resources/google/project.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";
import type { IamPolicy } from "../../state/index.ts";
import { etagOf } from "./etag.ts";

/** Checks and adds one grant, or removes one. */
export interface Grants {
  add(role: string, member: string): unknown;
  remove(role: string, member: string): unknown;
}

/** The etag of an empty policy. */
const EMPTY_ETAG = "ACAB";
const CONCURRENT_CHANGE =
  "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.";

export function policyToApi(policy: IamPolicy): { version: number; etag: string; bindings?: object[] } {
  const bindings = [...policy]
    .filter(([, members]) => members.size > 0)
    .map(([role, members]) => ({ role, members: [...members] }));
  return bindings.length > 0 ? { version: 1, etag: etagOf(bindings), bindings } : { version: 1, etag: EMPTY_ETAG };
}

/** Replaces all or nothing: a refused grant leaves the policy unchanged. */
export async function replacePolicy(policy: IamPolicy, sent: Inputs, grants: Grants): Promise<object> {
  const { etag = policyToApi(policy).etag, bindings = [] } = sent;
  ensure(etag === policyToApi(policy).etag, refusal(409, CONCURRENT_CHANGE, { reason: "ABORTED" }));
  ensure(
    !bindings.some((binding: Inputs) => binding.condition),
    refusal(400, "the local cloud does not support conditions."),
  );
  const wanted = grantsOf(bindings.map(({ role, members = [] }: Inputs) => [role, members]));
  const present = grantsOf(policy);
  const before = [...policy].map(([role, members]) => [role, new Set(members)] as const);
  try {
    for (const [key, grant] of wanted) if (!present.has(key)) await grants.add(...grant);
    for (const [key, grant] of present) if (!wanted.has(key)) await grants.remove(...grant);
  } catch (error) {
    policy.clear();
    for (const [role, members] of before) policy.set(role, members);
    throw error;
  }
  return policyToApi(policy);
}

function grantsOf(
  bindings: Iterable<readonly [string, Iterable<string>]>,
): Map<string, [role: string, member: string]> {
  const grants = [...bindings].flatMap(([role, members]) => [...members].map((member) => [role, member] as const));
  return new Map(grants.map(([role, member]) => [`${role} ${member}`, [role, member]]));
}
