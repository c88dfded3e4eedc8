/**
 * A policy as the APIs read and replace it, whole. The etag guards the time between: a policy that was changed since it was
 * read is not replaced. Texts: captures in public issues.
 */
import { refusal } from "../../resources/google/project.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";
import type { IamPolicy } from "../../state/index.ts";
import { etagOf } from "./etag.ts";

/** How one grant is checked and made, or taken back. */
export interface Grants {
  add(role: string, member: string): unknown;
  remove(role: string, member: string): unknown;
}

/** Of a policy that grants nothing. */
const EMPTY_ETAG = "ACAB";
const CONCURRENT_CHANGE =
  "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.";

export function toldPolicy(policy: IamPolicy): { version: number; etag: string; bindings?: object[] } {
  const bindings = [...policy]
    .filter(([, members]) => members.size > 0)
    .map(([role, members]) => ({ role, members: [...members] }));
  return bindings.length > 0 ? { version: 1, etag: etagOf(bindings), bindings } : { version: 1, etag: EMPTY_ETAG };
}

/** All of it or nothing: a grant that is refused leaves the policy as it was. */
export async function replacePolicy(policy: IamPolicy, sent: Inputs, grants: Grants): Promise<object> {
  const { etag = toldPolicy(policy).etag, bindings = [] } = sent;
  ensure(etag === toldPolicy(policy).etag, refusal(409, CONCURRENT_CHANGE, { reason: "ABORTED" }));
  ensure(!bindings.some((binding: Inputs) => binding.condition), refusal(400, "the local cloud knows no conditions."));
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
  return toldPolicy(policy);
}

function grantsOf(
  bindings: Iterable<readonly [string, Iterable<string>]>,
): Map<string, [role: string, member: string]> {
  const grants = [...bindings].flatMap(([role, members]) => [...members].map((member) => [role, member] as const));
  return new Map(grants.map(([role, member]) => [`${role} ${member}`, [role, member]]));
}
