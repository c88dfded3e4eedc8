/**
 * What the states of the project's stacks hold, as keys that the traces have too. A resource is
 * recognised by what names it in the cloud, which is in its inputs or its id.
 */
import type { StackResource } from "../stack/stack.ts";

type KeyOf = (resource: StackResource) => readonly unknown[];

const KEYS: Readonly<Record<string, KeyOf>> = {
  "cloudflare:index/aiGateway:AiGateway": ({ inputs }) => ["gateway", inputs.accountId, inputs.aiGatewayId],
  "cloudflare:index/workersScript:WorkersScript": ({ inputs }) => ["worker", inputs.accountId, inputs.scriptName],
  "cloudflare:index/accountToken:AccountToken": ({ inputs, id }) => ["token", inputs.accountId, id],
  "cloudflare:index/workersCustomDomain:WorkersCustomDomain": ({ inputs }) => [
    "domain",
    inputs.accountId,
    inputs.hostname,
  ],
  "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": ({ inputs, id }) => [
    "access",
    inputs.accountId,
    id,
  ],
  "gcp:serviceaccount/account:Account": ({ inputs }) => ["service account", inputs.project, inputs.accountId],
  "gcp:serviceaccount/key:Key": ({ id }) => ["key", id.split("/").at(-1)],
  "gcp:projects/iAMCustomRole:IAMCustomRole": ({ inputs }) => ["role", inputs.project, inputs.roleId],
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": ({ inputs }) => [
    "pool",
    inputs.project,
    inputs.workloadIdentityPoolId,
  ],
  "gcp:projects/iAMMember:IAMMember": ({ inputs }) => ["grant", inputs.project, inputs.role, inputs.member],
};

export function keyOf(...parts: readonly unknown[]): string {
  return parts.map(String).join(" ");
}

export function heldBy(resources: readonly StackResource[]): Set<string> {
  return new Set(
    resources.flatMap((resource) => {
      const parts = KEYS[resource.type]?.(resource);
      return parts ? [keyOf(...parts)] : [];
    }),
  );
}
