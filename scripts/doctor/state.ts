/** Looks into what the stack's state holds, and names the runs that repair a difference to the clouds. */
import type { StackResource } from "../stack/stack.ts";

/** Sees what was changed by hand, and repairs it. */
export const REFRESH = "pulumi up --refresh --run-program";

export const TYPES = {
  gateway: "cloudflare:index/aiGateway:AiGateway",
  runToken: "cloudflare:index/accountToken:AccountToken",
  worker: "cloudflare:index/workersScript:WorkersScript",
  workersDev: "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain",
  domain: "cloudflare:index/workersCustomDomain:WorkersCustomDomain",
  access: "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication",
  serviceAccount: "gcp:serviceaccount/account:Account",
  googleKey: "gcp:serviceaccount/key:Key",
  grant: "gcp:projects/iAMMember:IAMMember",
  customRole: "gcp:projects/iAMCustomRole:IAMCustomRole",
  pool: "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
  clientToken: "random:index/randomPassword:RandomPassword",
  signingKey: "tls:index/privateKey:PrivateKey",
} as const;

export function ofType(resources: readonly StackResource[], type: keyof typeof TYPES): StackResource[] {
  return resources.filter((resource) => resource.type === TYPES[type]);
}

/** The epoch at the end of a secret's logical name; 0 without one. */
export function epochOf({ name }: StackResource): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

/** The secret of the newest epoch: the one that is used. */
export function newest(secrets: readonly StackResource[]): StackResource | undefined {
  return secrets.toSorted((a, b) => epochOf(b) - epochOf(a))[0];
}
