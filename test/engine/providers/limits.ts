/**
 * Values that the real providers refuse before they call a cloud, also in a preview, by resource
 * type and input. Texts and limits were observed with terraform-provider-cloudflare 5.22 and
 * google-beta 7.45. Values that these do not check are not here.
 */
import { holds, UNKNOWN } from "../../../local/resources/provider-values.ts";
import type { Inputs } from "../../../local/resources/resource-type.ts";

interface Limit {
  type: string;
  input: string;
  accepts: (value: unknown) => boolean;
  reason: string;
}

const atLeast = (minimum: number) => (value: unknown) => Number(value) >= minimum;
const between = (minimum: number, maximum: number) => (value: unknown) =>
  Number(value) >= minimum && Number(value) <= maximum;
/** Cloudflare's provider ignores the case. */
const oneOf = (values: readonly string[]) => (value: unknown) =>
  values.some((known) => known.toLowerCase() === String(value).toLowerCase());
const every = (accepts: (item: Inputs) => boolean) => (value: unknown) => !Array.isArray(value) || value.every(accepts);
const matches = (pattern: RegExp) => (value: unknown) => pattern.test(String(value));

const GATEWAY = "cloudflare:index/aiGateway:AiGateway";
const TOKEN = "cloudflare:index/accountToken:AccountToken";
const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
const ACCESS = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
const ACCOUNT = "gcp:serviceaccount/account:Account";
const ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const POOLS = [
  ["gcp:iam/workloadIdentityPool:WorkloadIdentityPool", "workloadIdentityPoolId"],
  ["gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider", "workloadIdentityPoolProviderId"],
] as const;
const MEMBER_KINDS = [
  ...["user", "group", "domain", "serviceAccount", "principal", "principalSet"],
  ...["projectOwner", "projectEditor", "projectViewer"],
];
const MEMBER = new RegExp(`^(allUsers|allAuthenticatedUsers|(${MEMBER_KINDS.join("|")}):.+)$`);
/** Inputs with a fixed set of values: type, input, values. */
const CHOICES: readonly [type: string, input: string, values: readonly string[]][] = [
  [GATEWAY, "logManagementStrategy", ["STOP_INSERTING", "DELETE_OLDEST"]],
  [GATEWAY, "rateLimitingTechnique", ["fixed", "sliding"]],
  [GATEWAY, "retryBackoff", ["constant", "linear", "exponential"]],
  [SCRIPT, "usageModel", ["standard", "bundled", "unbound"]],
];
const DECISIONS = ["allow", "deny", "non_identity", "bypass"];

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
    input: "retryDelay",
    accepts: between(0, 5_000),
    reason: "value must be between 0 and 5000",
  },
  {
    type: GATEWAY,
    input: "retryMaxAttempts",
    accepts: between(1, 5),
    reason: "value must be between 1 and 5",
  },
  ...CHOICES.map(([type, input, values]) => ({
    type,
    input,
    accepts: oneOf(values),
    reason: `value must be one of: [${values.map((value) => JSON.stringify(value)).join(" ")}]`,
  })),
  {
    type: TOKEN,
    input: "policies",
    accepts: every(({ effect }) => oneOf(["allow", "deny"])(effect)),
    reason: 'value must be one of: ["allow" "deny"]',
  },
  {
    type: TOKEN,
    input: "expiresOn",
    accepts: matches(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/),
    reason: "not a valid RFC 3339 time",
  },
  {
    type: SCRIPT,
    input: "observability",
    accepts: (value) => hasMember(value, "enabled"),
    reason: "Missing required property 'observability.enabled'",
  },
  {
    type: SCRIPT,
    input: "observability",
    accepts: (value) => !hasMember(value, "logs") || hasMember(value.logs, "invocationLogs"),
    reason: "Missing required property 'observability.logs.invocationLogs'",
  },
  {
    type: SCRIPT,
    input: "bindings",
    accepts: every((binding) => binding.name !== undefined),
    reason: "Missing required property 'bindings[0].name'",
  },
  {
    type: ACCESS,
    input: "policies",
    accepts: every(({ decision }) => decision === undefined || oneOf(DECISIONS)(decision)),
    reason: `value must be one of: [${DECISIONS.map((value) => JSON.stringify(value)).join(" ")}]`,
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
  ...POOLS.map(([type, input]) => ({
    type,
    input,
    accepts: matches(/^(?!gcp-)[a-z0-9-]{4,32}$/),
    reason: 'can not start with "gcp-" and has 4 to 32 lower-case letters, digits and hyphens',
  })),
  {
    type: "random:index/randomPassword:RandomPassword",
    input: "length",
    accepts: atLeast(1),
    reason: "value must be at least 1",
  },
];

function hasMember<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === "object" && value !== null && name in value;
}

export interface Refusal {
  input: string;
  reason: string;
}

/**
 * @returns all refusals at once; inputs that are absent or not yet known are accepted. A refusal
 * does not contain the value, which may be a secret.
 */
export function refusals(type: string, inputs: Inputs): Refusal[] {
  return LIMITS.filter((limit) => limit.type === type)
    .filter(({ input }) => inputs[input] !== undefined && !holds(inputs[input], UNKNOWN))
    .filter(({ input, accepts }) => !accepts(inputs[input]))
    .map(({ input, reason }) => ({ input, reason: `Attribute ${input}: ${reason}` }));
}
