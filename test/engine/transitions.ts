/**
 * Changes to a serving stack. Each starts from the result of the previous one. If clients will be
 * refused, the preview must say so, and `warns` is its text. If the cloud refuses the change,
 * `refused` is the text.
 */
export interface Transition {
  what: string;
  /** The changed settings. Undefined removes a setting. */
  config: Readonly<Record<string, unknown>>;
  /** Secrets that are set before the run. */
  secrets?: Readonly<Record<string, string>>;
  /** Further options of the run. */
  options?: readonly string[];
  /**
   * The warning of the preview: the old address will refuse clients, or nothing answers for a
   * moment.
   */
  warns?: RegExp;
  /** The text of the refusal. The run fails, and the previous state continues to serve. */
  refused?: RegExp;
  /** The stack is renamed to this first. */
  renamedTo?: string;
}

export const ZONE_ID = "0123456789abcdef0123456789abcdef";
export const OTHER_ACCOUNT_ID = "0ca1c10d000000000000000000000002";
export const OTHER_PROJECT = "another-project";
const UNKNOWN_ZONE_ID = "f".repeat(32);

const at = (hostname: string, zoneId = ZONE_ID) => ({ domain: { hostname, zoneId } });
const CLAUDE = "claude.example.com";
const AI = "ai.example.com";
const GATED = { access: { serviceTokenIds: ["f174e90a-fafe-4643-bbbc-4a0ed4fc8415"] } };

const BEDROCK_FIRST = ["bedrock", "anthropic", "vertex"];

export const TRANSITIONS: readonly Transition[] = [
  { what: "a domain in an unknown zone", config: at(CLAUDE, UNKNOWN_ZONE_ID), warns: /refused/, refused: /zone/ },
  { what: "a domain beside workers.dev", config: { ...at(CLAUDE), workersDev: "keep" } },
  { what: "workers.dev switched off", config: { workersDev: undefined }, warns: /workers\.dev is switched off when/ },
  { what: "the domain moved", config: at(AI), warns: /claude\.example\.com is removed/ },
  {
    what: "the domain moved to an unknown zone",
    config: at(CLAUDE, UNKNOWN_ZONE_ID),
    warns: /ai\.example/,
    refused: /zone/,
  },
  { what: "the domain set back", config: at(AI) },
  { what: "Access in front of the domain", config: GATED, warns: /Access is switched on for ai\.example\.com/ },
  { what: "the domain moved behind Access", config: at(CLAUDE), warns: /ai\.example\.com is removed/ },
  { what: "Access removed", config: { access: undefined } },
  { what: "workers.dev beside the domain", config: { workersDev: "keep" } },
  {
    what: "Access in front of both addresses",
    config: GATED,
    warns: /Access is switched on for claude\.example\.com and workers\.dev/,
  },
  {
    what: "workers.dev switched off behind Access",
    config: { workersDev: undefined },
    warns: /workers\.dev is switched off when/,
  },
  { what: "workers.dev switched on behind Access", config: { workersDev: "keep" } },
  {
    what: "the domain removed behind Access",
    config: { domain: undefined },
    warns: /claude\.example\.com is removed/,
  },
  { what: "a domain added behind Access", config: at(CLAUDE) },
  {
    what: "workers.dev in place of the domain, behind Access",
    config: { domain: undefined, workersDev: undefined },
    warns: /claude\.example\.com is removed/,
  },
  { what: "Access removed from workers.dev", config: { access: undefined } },
  {
    what: "Access in front of workers.dev",
    config: GATED,
    warns: /Access is switched on for workers\.dev/,
  },
  {
    what: "Access and workers.dev replaced by a domain",
    config: { ...at(CLAUDE), access: undefined },
    warns: /is switched off when/,
  },
  { what: "workers.dev beside the domain again", config: { workersDev: "keep" } },
  { what: "the domain removed", config: { domain: undefined }, warns: /claude\.example\.com is removed/ },
  { what: "the default setting of workers.dev", config: { workersDev: undefined } },
  { what: "a domain in place of workers.dev", config: at(CLAUDE), warns: /workers\.dev is switched off when/ },
  {
    what: "workers.dev in place of the domain",
    config: { domain: undefined },
    warns: /claude\.example\.com is removed/,
  },
  { what: "direct routing", config: { routing: "direct" } },
  { what: "bypass routing", config: { routing: "bypass" } },
  { what: "universal routing", config: { routing: undefined } },
  { what: "isolates that share no failures", config: { breaker: { neighbours: false } } },
  { what: "isolates that share failures again", config: { breaker: undefined } },
  { what: "workload identity in place of the Google key", config: { googleAuth: "workloadIdentity" } },
  { what: "a service account that the pool impersonates", config: { googleImpersonation: true } },
  { what: "the pool's principal again", config: { googleImpersonation: undefined } },
  { what: "a Google key again", config: { googleAuth: undefined } },
  { what: "a role that can only predict", config: { googleRole: "predictOnly" } },
  { what: "the predefined role again", config: { googleRole: undefined } },
  { what: "another Google project", config: { googleProject: OTHER_PROJECT } },
  { what: "more locations", config: { vertexLocations: ["us-east5", "us", "eu", "global"] } },
  {
    what: "Bedrock as a third target",
    config: { bedrock: { region: "us-east-1" } },
    secrets: { bedrockApiKey: `ABSK${"1".repeat(20)}` },
  },
  { what: "Bedrock in another region, first", config: { bedrock: { region: "eu-west-1" }, chain: BEDROCK_FIRST } },
  {
    what: "Bedrock's key rotated",
    config: {},
    secrets: { bedrockApiKeyPrevious: `ABSK${"1".repeat(20)}`, bedrockApiKey: `ABSK${"2".repeat(20)}` },
  },
  { what: "the previous key of Bedrock removed", config: { bedrockApiKeyPrevious: undefined } },
  { what: "no Bedrock", config: { bedrock: undefined, chain: undefined, bedrockApiKey: undefined } },
  { what: "another client", config: { clients: ["default", "ci"] } },
  { what: "a client removed", config: { clients: ["default"] } },
  { what: "a client's token rotated", config: { clients: [{ name: "default", epoch: 2 }] } },
  { what: "the run token rotated", config: { rotation: { gatewayToken: { epoch: 2 } } } },
  { what: "the Google key rotated", config: { rotation: { gatewayToken: { epoch: 2 }, google: { epoch: 2 } } } },
  {
    what: "the previous secrets revoked",
    config: {
      rotation: {
        gatewayToken: { epoch: 2, revokePrevious: true },
        google: { epoch: 2, revokePrevious: true },
      },
    },
  },
  { what: "the workers.dev setting replaced", config: {}, options: ["--replace", "**subdomain*"] },
  { what: "the grants replaced", config: {}, options: ["--replace", "**vertex-user*"] },
  {
    what: "the gateway replaced",
    config: {},
    options: ["--replace", "**AiGateway::claude-failover-gateway"],
    refused: /leave it out/,
  },
  { what: "the Worker replaced", config: {}, options: ["--replace", "**WorkersScript::*"], refused: /leave it out/ },
  { what: "the stack renamed with pinned names", config: { namedAfter: "claude-failover/one" }, renamedTo: "two" },
  { what: "a domain before a rename", config: { ...at(CLAUDE), workersDev: "keep" } },
  {
    what: "the domain replaced",
    config: {},
    options: ["--replace", "**domain*"],
  },
  {
    what: "the names no longer pinned",
    config: { namedAfter: undefined },
    warns:
      /renamed from claude-failover-one to claude-failover-two[\s\S]*claude\.example\.com is deleted and created again/,
  },
  { what: "no domain before the account changes", config: { domain: undefined }, warns: /is removed/ },
  { what: "another Cloudflare account", config: { cloudflareAccountId: OTHER_ACCOUNT_ID }, warns: /account changes/ },
];
