/**
 * What the real providers refuse before they call a cloud, in a preview too: by resource type and input. Texts and limits are
 * those observed with terraform-provider-cloudflare 5.22 and google-beta 7.45; what they let pass is not here.
 */
import { holds, UNKNOWN } from "./provider-values.ts";
import type { Inputs } from "./resources/kind.ts";

interface Limit {
  type: string;
  input: string;
  accepts: (value: unknown) => boolean;
  reason: string;
}

const atLeast = (minimum: number) => (value: unknown) => Number(value) >= minimum;
const between = (minimum: number, maximum: number) => (value: unknown) =>
  Number(value) >= minimum && Number(value) <= maximum;
const oneOf = (values: readonly string[]) => (value: unknown) => values.includes(String(value));
const matches = (pattern: RegExp) => (value: unknown) => pattern.test(String(value));

const GATEWAY = "cloudflare:index/aiGateway:AiGateway";
const ACCOUNT = "gcp:serviceaccount/account:Account";
const ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool";
const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(user|group|domain|serviceAccount|principal|principalSet|projectOwner|projectEditor|projectViewer):.+)$/;
const LOG_STRATEGIES = ["STOP_INSERTING", "DELETE_OLDEST"];

const LIMITS: readonly Limit[] = [
  {
    type: "pulumi:providers:cloudflare",
    input: "apiToken",
    accepts: matches(/^[0-9A-Za-z\-_]{40,80}$/),
    reason: "API tokens must only contain characters a-z, A-Z, 0-9, hyphens and underscores",
  },
  ...["cacheTtl", "rateLimitingInterval", "rateLimitingLimit"].map((input) => ({
    type: GATEWAY,
    input,
    accepts: atLeast(0),
    reason: "value must be at least 0",
  })),
  {
    type: GATEWAY,
    input: "logManagement",
    accepts: between(10_000, 10_000_000),
    reason: "value must be between 10000 and 10000000",
  },
  {
    type: GATEWAY,
    input: "logManagementStrategy",
    accepts: oneOf(LOG_STRATEGIES),
    reason: `value must be one of: ${JSON.stringify(LOG_STRATEGIES)}`,
  },
  {
    type: GATEWAY,
    input: "rateLimitingTechnique",
    accepts: oneOf(["fixed", "sliding"]),
    reason: 'value must be one of: ["fixed" "sliding"]',
  },
  {
    type: ACCOUNT,
    input: "accountId",
    accepts: matches(/^(?=.{6,30}$)[a-z]([-a-z0-9]*[a-z0-9])?$/),
    reason: "must be between 6 and 30 characters long and match ^[a-z]([-a-z0-9]*[a-z0-9])?$",
  },
  {
    type: ACCOUNT,
    input: "description",
    accepts: matches(/^[\s\S]{0,256}$/),
    reason: "must have at most 256 characters",
  },
  {
    type: "gcp:projects/service:Service",
    input: "service",
    accepts: matches(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/),
    reason: "expected to be a domain like serviceusage.googleapis.com",
  },
  ...["gcp:projects/iAMMember:IAMMember", "gcp:serviceaccount/iAMMember:IAMMember"].map((type) => ({
    type,
    input: "member",
    accepts: matches(MEMBER),
    reason: "invalid value for member (IAM members must have one of the values outlined here)",
  })),
  {
    type: "gcp:serviceaccount/iAMMember:IAMMember",
    input: "serviceAccountId",
    accepts: matches(/^projects\/[^/]+\/serviceAccounts\/[^/]+$/),
    reason: "doesn't match projects/…/serviceAccounts/…",
  },
  {
    type: ROLE,
    input: "roleId",
    accepts: matches(/^[a-zA-Z0-9_.]{3,64}$/),
    reason: "doesn't match ^[a-zA-Z0-9_\\.]{3,64}$",
  },
  {
    type: ROLE,
    input: "permissions",
    accepts: (value) => Array.isArray(value) && value.length > 0,
    reason: "requires 1 item minimum",
  },
  {
    type: POOL,
    input: "workloadIdentityPoolId",
    accepts: matches(/^(?!gcp-)[a-z0-9-]{4,32}$/),
    reason: 'can not start with "gcp-" and has 4 to 32 lower-case letters, digits and hyphens',
  },
  {
    type: "random:index/randomPassword:RandomPassword",
    input: "length",
    accepts: atLeast(1),
    reason: "value must be at least 1",
  },
];

export interface Refusal {
  input: string;
  reason: string;
}

/** All refusals at once; inputs that are absent or not known yet pass. The value is not repeated: it may be a secret. */
export function refusals(type: string, inputs: Inputs): Refusal[] {
  return LIMITS.filter((limit) => limit.type === type)
    .filter(({ input }) => inputs[input] !== undefined && !holds(inputs[input], UNKNOWN))
    .filter(({ input, accepts }) => !accepts(inputs[input]))
    .map(({ input, reason }) => ({ input, reason: `Attribute ${input}: ${reason}` }));
}
