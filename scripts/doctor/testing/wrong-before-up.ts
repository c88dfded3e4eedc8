/** Misconfigurations that are there before the first `pulumi up`. */
import { type CloudflareAccount, newGateway, type Script } from "../../../local/state/index.ts";
import { EXPORT_TOKEN } from "../cloudflare-token.ts";
import { unknownId } from "./do-as-told.ts";
import type { Misconfiguration } from "./misconfiguration.ts";
import { ACCOUNT_ID, type Patient, PROJECT_ID, ZONE_ID } from "./patient.ts";

const DOMAIN = { hostname: "claude.example.com", zoneId: ZONE_ID };
const ACCESS = { serviceTokenIds: ["7a1ed3c6-6c1b-4e6e-9f0a-5d1f6e0d8a11"] };
const ACCOUNT_PAGE = "https://dash.cloudflare.com/?to=/:account/api-tokens";
const USER_PAGE = "https://dash.cloudflare.com/profile/api-tokens";

const limitToken = (limits: { lacks?: string[]; status?: "disabled"; expiresOn?: string }) => (patient: Patient) =>
  void patient.account.deployTokenLimits.set(patient.stack.options.cloudflareToken, limits);

/** The token of this stack's deployer lacks a permission; a person adds it in the dashboard. */
function lacking(permission: string, config: Misconfiguration["config"] = {}): Misconfiguration {
  return {
    what: `a Cloudflare token without ${permission}`,
    when: "before up",
    config,
    arrange: limitToken({ lacks: [`${permission} Read`, `${permission} Write`] }),
    check: ["Cloudflare", `${permission}: Edit`],
    text: /^the token lacks it/,
    cure: `add ${permission}: Edit to the token: ${USER_PAGE}`,
    mend: limitToken({}),
  };
}

function otherScript(account: CloudflareAccount, index: number): Script {
  return {
    account,
    name: `other-${index}`,
    versionId: unknownId(),
    content: "",
    mainModule: "index.js",
    compatibilityDate: "2026-01-01",
    compatibilityFlags: [],
    bindings: [],
    observability: null,
    logpush: false,
    usageModel: "standard",
    limits: null,
    createdOn: "2026-01-01T00:00:00Z",
    modifiedOn: "2026-01-01T00:00:00Z",
    subdomainEnabled: false,
    previewsEnabled: false,
  };
}

export const WRONG_BEFORE_UP: readonly Misconfiguration[] = [
  {
    what: "a setting that is misspelt",
    when: "before up",
    arrange: ({ stack }) => stack.set("vertexLocation", "us-east5"),
    check: ["Pulumi", "settings"],
    text: /there is no such setting \(did you mean vertexLocations\?\)/,
    cure: "pulumi config rm vertexLocation",
  },
  {
    what: "a project id that cannot be one",
    when: "before up",
    arrange: ({ stack }) => stack.set("googleProject", "Local Project"),
    check: ["Pulumi", "settings"],
    text: /6 to 30 lower-case letters/,
    cure: "pulumi config set googleProject PROJECT_ID",
    typed: { PROJECT_ID },
  },
  {
    what: "time limits that leave no time for a second target",
    when: "before up",
    arrange: ({ stack }) => stack.set("timeouts", { firstByteMs: 600_000, chainMs: 500_000 }),
    check: ["Pulumi", "settings"],
    text: /leaves no time for a second target/,
    cure: /^pulumi config set timeouts '\{"firstByteMs":250000/,
  },
  {
    what: "no Anthropic key",
    when: "before up",
    arrange: ({ stack }) => stack.set("anthropicApiKey", undefined),
    check: ["Pulumi", "settings"],
    text: /the Anthropic API key is missing/,
    cure: "pulumi config set --secret anthropicApiKey",
    typed: ({ anthropicApiKey }) => ({ anthropicApiKey }),
  },
  {
    what: "a Cloudflare token that was cut short",
    when: "before up",
    arrange: ({ stack }) => Object.assign(stack.options, { cloudflareToken: "too-short" }),
    check: ["Cloudflare", "token"],
    text: /40 to 80/,
    cure: EXPORT_TOKEN,
  },
  {
    what: "a Cloudflare token that does not exist any more",
    when: "before up",
    arrange: ({ stack }) => Object.assign(stack.options, { cloudflareToken: "t".repeat(40) }),
    check: ["Cloudflare", "token's kind and expiry"],
    text: "Cloudflare does not know this token",
    cure: `${EXPORT_TOKEN}, with a new one of ${ACCOUNT_PAGE}`,
  },
  {
    what: "an expired Cloudflare token",
    when: "before up",
    arrange: limitToken({ expiresOn: "2026-01-01T00:00:00Z" }),
    check: ["Cloudflare", "token's kind and expiry"],
    text: "the token is expired",
    cure: `${EXPORT_TOKEN}, with a new one of ${USER_PAGE}`,
  },
  {
    what: "a disabled Cloudflare token",
    when: "before up",
    arrange: limitToken({ status: "disabled" }),
    check: ["Cloudflare", "token's kind and expiry"],
    text: "the token is disabled",
    cure: `${EXPORT_TOKEN}, with a new one of ${USER_PAGE}`,
  },
  {
    what: "the id of another Cloudflare account",
    when: "before up",
    arrange: ({ stack }) => stack.set("cloudflareAccountId", unknownId()),
    check: ["Cloudflare", "account"],
    text: /may read nothing in the account [0-9a-f]{32}/,
    cure: /^pulumi config set cloudflareAccountId ACCOUNT_ID, or add the permissions/,
    typed: { ACCOUNT_ID },
  },
  lacking("AI Gateway"),
  lacking("Workers Scripts"),
  lacking("Account API Tokens"),
  lacking("Workers Routes", { domain: DOMAIN }),
  lacking("DNS", { domain: DOMAIN }),
  lacking("Access: Apps and Policies", { domain: DOMAIN, access: ACCESS }),
  {
    what: "a Cloudflare token without Zone: Read",
    when: "before up",
    config: { domain: DOMAIN },
    arrange: limitToken({ lacks: ["Zone Read"] }),
    check: ["Cloudflare", "zone"],
    text: /the token sees no zone/,
    cure: `add Zone: Read to the token: ${ACCOUNT_PAGE}, or correct domain.zoneId`,
    mend: limitToken({}),
  },
  {
    what: "a domain in another zone",
    when: "before up",
    arrange(patient) {
      const zoneId = unknownId();
      patient.account.zones.set(zoneId, "example.org");
      patient.stack.set("domain", { ...DOMAIN, zoneId });
    },
    check: ["Cloudflare", "zone"],
    text: "claude.example.com is not in the zone example.org",
    cure: `pulumi config set domain '${JSON.stringify(DOMAIN)}'`,
  },
  {
    what: "an account with as many gateways as it may have",
    when: "before up",
    arrange: ({ account }) => {
      for (let index = 0; index < 20; index++) account.gateways.set(`other-${index}`, newGateway(`other-${index}`, {}));
    },
    check: ["Cloudflare", "gateways"],
    text: /^20 gateways; .* no room for this stack/,
    cure: /^npm run leaks, or delete gateways that nobody needs/,
    mend: ({ account }) => account.gateways.delete("other-1"),
  },
  {
    what: "an account with as many Workers as it may have",
    when: "before up",
    arrange: ({ account }) => {
      for (let index = 0; index < 500; index++) account.scripts.set(`other-${index}`, otherScript(account, index));
    },
    check: ["Cloudflare", "Workers"],
    text: /^500 Workers; .* no room for this stack/,
    cure: /^npm run leaks, or delete Workers that nobody needs/,
    mend: ({ account }) => account.scripts.delete("other-1"),
  },
  {
    what: "a Worker of this stack's name",
    when: "before up",
    arrange: ({ account }) =>
      account.scripts.set("claude-failover-local", { ...otherScript(account, 0), name: "claude-failover-local" }),
    check: ["Cloudflare", "Worker's name"],
    text: "claude-failover-local exists already, and not in this stack's state",
    cure: /^pulumi config set namedAfter PROJECT\/STACK, or, .*adopt '\["worker"\]'/,
    typed: { "PROJECT/STACK": "claude-failover/other" },
  },
  {
    what: "an account without a name under workers.dev",
    when: "before up",
    arrange: ({ account }) => Object.assign(account, { subdomain: "" }),
    check: ["Cloudflare", "workers.dev name"],
    text: /the account has no name under workers.dev/,
    cure: "https://dash.cloudflare.com/?to=/:account/workers-and-pages, Subdomain: choose a name",
    mend: ({ account }) => Object.assign(account, { subdomain: "local" }),
  },
  {
    what: "a wrong name under workers.dev in the settings",
    when: "before up",
    config: { workersSubdomain: "other" },
    arrange: () => undefined,
    check: ["Cloudflare", "workers.dev name"],
    text: "workersSubdomain is other, but the account's name is local, so the url is wrong",
    cure: "pulumi config set workersSubdomain local",
  },
  {
    what: "a gateway of this stack's name",
    when: "before up",
    arrange: ({ account }) => account.gateways.set("claude-failover-local", newGateway("claude-failover-local", {})),
    check: ["Cloudflare", "gateway's name"],
    text: "claude-failover-local exists already, and not in this stack's state",
    cure: /^pulumi config set namedAfter PROJECT\/STACK, or, .*adopt '\["gateway"\]'/,
    typed: { "PROJECT/STACK": "claude-failover/other" },
  },
  {
    what: "a given run token that Cloudflare does not know",
    when: "before up",
    config: { gatewayToken: "g".repeat(40) },
    arrange: () => undefined,
    check: ["Cloudflare", "given run token"],
    text: "Cloudflare does not know the given gatewayToken",
    cure: "pulumi config set --secret gatewayToken && pulumi up",
    typed: (patient) => ({ gatewayToken: patient.newDeployToken() }),
  },
  {
    what: "a Google login that has ended",
    when: "before up",
    arrange: ({ cloud, project }) => {
      project.policy.set("roles/owner", new Set(["user:colleague@example.com"]));
      cloud.context.user = "serviceAccount:gone@local-project.iam.gserviceaccount.com";
    },
    check: ["Google", "credentials"],
    text: /^Google refuses your login/,
    cure: "gcloud auth application-default login",
    mend: ({ cloud }) => {
      cloud.context.user = "user:colleague@example.com";
    },
  },
  ...["serviceusage", "cloudresourcemanager"].map(
    (api): Misconfiguration => ({
      what: `a project without the API ${api}`,
      when: "before up",
      arrange: ({ project }) => project.enabledServices.delete(`${api}.googleapis.com`),
      check: ["Google", "APIs"],
      text: `off: ${api}, which pulumi up itself needs`,
      cure: `gcloud services enable serviceusage.googleapis.com cloudresourcemanager.googleapis.com --project ${PROJECT_ID}`,
    }),
  ),
  {
    what: "a Google project that does not exist",
    when: "before up",
    arrange: ({ stack }) => stack.set("googleProject", "no-such-project"),
    check: ["Google", "project"],
    text: /^no-such-project does not exist/,
    cure: /^pulumi config set googleProject PROJECT_ID, or gcloud projects add-iam-policy-binding/,
    typed: { PROJECT_ID },
  },
  {
    what: "a Google project that is being deleted",
    when: "before up",
    arrange: ({ project }) => {
      project.lifecycleState = "DELETE_REQUESTED";
    },
    check: ["Google", "project"],
    text: /is being deleted/,
    cure: `gcloud projects undelete ${PROJECT_ID}`,
  },
  {
    what: "a Google project without billing",
    when: "before up",
    arrange: ({ project }) => {
      project.billingAccount = "";
    },
    check: ["Google", "billing"],
    text: /^is off/,
    cure: `gcloud billing projects link ${PROJECT_ID} --billing-account ACCOUNT_ID`,
  },
  {
    what: "a Google login that may not make keys",
    when: "before up",
    arrange: ({ project, cloud }) => {
      const roles = ["serviceusage.serviceUsageAdmin", "browser", "resourcemanager.projectIamAdmin"];
      project.policy.clear();
      for (const role of [...roles, "iam.serviceAccountAdmin", "orgpolicy.policyViewer"]) {
        project.policy.set(`roles/${role}`, new Set([cloud.context.user]));
      }
    },
    check: ["Google", "your permissions"],
    text: "your login lacks iam.serviceAccountKeys.create, iam.serviceAccountKeys.get, iam.serviceAccountKeys.delete",
    cure: `gcloud projects add-iam-policy-binding ${PROJECT_ID} --member user:YOU --role roles/iam.serviceAccountKeyAdmin`,
  },
  {
    what: "an organisation that forbids keys",
    when: "before up",
    arrange: ({ project }) => {
      project.keyCreationDisabled = true;
    },
    check: ["Google", "key policy"],
    text: /forbids service account keys/,
    cure: "pulumi config set googleAuth workloadIdentity",
  },
  {
    what: "a key that Bedrock does not know",
    when: "before up",
    arrange: ({ stack }) => {
      stack.set("bedrock", { region: "us-east-1" });
      stack.set("bedrockApiKey", `ABSK${"x".repeat(20)}`);
    },
    check: ["Amazon", "Bedrock key"],
    text: /^Bedrock refuses the key: /,
    cure: "pulumi config set --secret bedrockApiKey && pulumi up",
    typed: (patient) => ({ bedrockApiKey: patient.newBedrockKey() }),
  },
  {
    what: "an Anthropic key that does not exist any more",
    when: "before up",
    arrange: ({ cloud, anthropicApiKey }) => cloud.context.state.anthropicApiKeys.delete(anthropicApiKey),
    check: ["Anthropic", "key"],
    text: /^Anthropic refuses the key/,
    cure: "pulumi config set --secret anthropicApiKey && pulumi up",
    typed: (patient) => ({ anthropicApiKey: patient.newAnthropicKey() }),
  },
  {
    what: "an Anthropic key at its spend limit",
    when: "before up",
    argv: [],
    arrange: ({ cloud, anthropicApiKey }) =>
      cloud.context.state.anthropicKeyLimits.set(anthropicApiKey, { spendLimit: "enforced_spend_limit_reached" }),
    check: ["Models", "call to Anthropic"],
    text: /enforced_spend_limit_reached/,
    cure: "https://platform.claude.com/settings/limits",
    mend: ({ cloud, anthropicApiKey }) => cloud.context.state.anthropicKeyLimits.delete(anthropicApiKey),
  },
  {
    what: "a model that no location of the stack serves",
    when: "before up",
    argv: ["--no-calls", "--models", "claude-opus-5"],
    arrange: () => undefined,
    check: ["Models", "failover"],
    text: "no location of this stack serves it (us-east5), so only Anthropic can answer",
    cure: `pulumi config set vertexLocations '["us-east5","us"]'`,
  },
  {
    what: "a model in locations that data residency forbids",
    when: "before up",
    argv: ["--no-calls", "--models", "claude-opus-5"],
    config: { allowedLocations: ["us-east5"] },
    arrange: () => undefined,
    check: ["Models", "failover"],
    text: /no location of this stack serves it/,
    cure:
      `pulumi config set allowedLocations '["us-east5","us"]' && ` +
      `pulumi config set vertexLocations '["us-east5","us"]' (if data residency permits us)`,
  },
  {
    what: "a model that Anthropic has retired",
    when: "before up",
    argv: ["--no-calls", "--models", "claude-opus-4-1"],
    arrange: () => undefined,
    check: ["Models", "failover"],
    text: "Anthropic has retired it, so only Vertex can answer",
    cure: "move its clients: npm run models",
    mend: () => undefined,
    argvAfter: ["--no-calls", "--models", "claude-sonnet-4-6"],
  },
  {
    what: "a model in the settings that Anthropic does not have",
    when: "before up",
    config: { models: { "claude-x": { vertexId: "claude-x", locations: ["us-east5"] } } },
    arrange: () => undefined,
    check: ["Models", "at Anthropic"],
    text: "Anthropic does not offer claude-x to this key",
    cure: "pulumi config rm models",
  },
  {
    what: "a model without a quota",
    when: "before up",
    arrange: ({ project }) => project.quotaOverrides.set("us-east5/anthropic-claude-sonnet-4-6", 0),
    check: ["Models", "quota"],
    text: /the quota is 0/,
    cure: /^https:\/\/console\.cloud\.google\.com\/iam-admin\/quotas\?project=local-project: ask for more of .*, base_model anthropic-claude-sonnet-4-6, region us-east5$/,
    mend: ({ project }) => project.quotaOverrides.set("us-east5/anthropic-claude-sonnet-4-6", 10),
  },
  {
    what: "a line of models without a quota at a multi-region",
    when: "before up",
    config: { vertexLocations: ["us"] },
    argv: ["--no-calls", "--models", "claude-sonnet-5"],
    arrange: ({ project }) => project.quotaOverrides.set("us/anthropic-claude-sonnet", 0),
    check: ["Models", "quota"],
    text: /the quota is 0/,
    cure: /us_multi_region_online_prediction_requests_per_base_model, base_model anthropic-claude-sonnet$/,
    mend: ({ project }) => project.quotaOverrides.clear(),
  },
];
