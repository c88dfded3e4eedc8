/**
 * Wrong configurations, each with the line that a user reads. Tests run the command of the line
 * with the mock monitor, and with the real CLI if it is installed.
 */
import { ACCOUNT_ID, GOOGLE_PROJECT } from "../../local/sandbox/index.ts";

export interface WrongConfiguration {
  what: string;
  /** Settings in addition to `GOOD`. Undefined removes a setting. */
  config: Readonly<Record<string, unknown>>;
  line: string;
  /**
   * The changed settings after the command was run. Absent if the line only gives advice, or if its
   * command contains words in capital letters that the user must replace.
   */
  repaired?: Readonly<Record<string, unknown>>;
}

export const GOOD = {
  cloudflareAccountId: ACCOUNT_ID,
  googleProject: GOOGLE_PROJECT,
  anthropicApiKey: "sk-ant-test-0123456789",
};

const BEDROCK_KEY = `ABSK${"b".repeat(40)}`;

const CLIENTS = ["default", { name: "ci", epoch: 2, operator: true }] as const;
function clientsWith(count: number, more: (index: number) => object = () => ({})): object[] {
  return Array.from({ length: count }, (_, index) => ({ name: `client-${index}`, ...more(index) }));
}

const MANY_MODELS = Object.fromEntries(
  Array.from({ length: 80 }, (_, index) => [
    `claude-${index}`,
    { vertexId: `claude-${index}`, locations: ["global", "us", "eu"] },
  ]),
);

export const WRONG_CONFIGURATIONS: readonly WrongConfiguration[] = [
  {
    what: "no account id",
    config: { cloudflareAccountId: undefined },
    line: "cloudflareAccountId: the Cloudflare account id is missing: pulumi config set cloudflareAccountId ACCOUNT_ID",
  },
  {
    what: "a malformed account id",
    config: { cloudflareAccountId: "acme" },
    line:
      "cloudflareAccountId: a Cloudflare account id has 32 hexadecimal digits in lower case: pulumi config set " +
      "cloudflareAccountId ACCOUNT_ID",
  },
  {
    what: "a malformed project id",
    config: { googleProject: "A" },
    line:
      "googleProject: a Google Cloud project id has 6 to 30 lower-case letters, digits and hyphens: pulumi config " +
      "set googleProject PROJECT_ID",
  },
  {
    what: "a malformed Anthropic key",
    config: { anthropicApiKey: "secret-value" },
    line: "anthropicApiKey: an Anthropic API key starts with sk-ant-: pulumi config set --secret anthropicApiKey",
  },
  {
    what: "a malformed run token",
    config: { gatewayToken: "secret-value" },
    line:
      "gatewayToken: a Cloudflare API token has 40 to 80 letters, digits, '-' and '_': pulumi config set --secret " +
      "gatewayToken",
  },
  {
    what: "a previous run token without a current one",
    config: { gatewayTokenPrevious: "g".repeat(40) },
    line: "gatewayToken: gatewayTokenPrevious is set without gatewayToken: pulumi config set --secret gatewayToken",
  },
  {
    what: "a rotation of a run token that the user provides",
    config: { gatewayToken: "g".repeat(40), rotation: { gatewayToken: { epoch: 2 }, google: { epoch: 3 } } },
    line:
      `rotation: rotation.gatewayToken rotates only a token that the stack mints, and this stack has a given ` +
      `gatewayToken (to rotate a given token, set gatewayTokenPrevious): pulumi config set rotation ` +
      `'{"google":{"epoch":3}}'`,
    repaired: { rotation: { google: { epoch: 3 } } },
  },
  {
    what: "a malformed location",
    config: { vertexLocations: ["eu", "Ohio"] },
    line:
      `vertexLocations[1]: a Vertex location is a region such as us-east5, or us, eu, global: pulumi config set ` +
      `vertexLocations '["eu","us-east5"]'`,
    repaired: { vertexLocations: ["eu", "us-east5"] },
  },
  {
    what: "a misspelt location",
    config: { vertexLocations: ["us-esat5", "eu"] },
    line:
      `vertexLocations[0]: no known model is served in us-esat5 (the nearest known location is us-east5; if a ` +
      `model is served in us-esat5, add it to models): pulumi config set vertexLocations '["us-east5","eu"]'`,
    repaired: { vertexLocations: ["us-east5", "eu"] },
  },
  {
    what: "a location twice",
    config: { vertexLocations: ["eu", "us", "eu"] },
    line: `vertexLocations: eu is named twice: pulumi config set vertexLocations '["eu","us"]'`,
    repaired: { vertexLocations: ["eu", "us"] },
  },
  {
    what: "no location",
    config: { vertexLocations: [] },
    line: `vertexLocations: at least one Vertex location is needed: pulumi config set vertexLocations '["us-east5","us","global"]'`,
    repaired: { vertexLocations: ["us-east5", "us", "global"] },
  },
  {
    what: "a location outside the allowed ones",
    config: { vertexLocations: ["us-east5", "eu"], allowedLocations: ["eu"] },
    line: `vertexLocations: us-east5 is not one of allowedLocations: pulumi config set vertexLocations '["eu"]'`,
    repaired: { vertexLocations: ["eu"] },
  },
  {
    what: "only locations that are not allowed",
    config: { vertexLocations: ["us-east5"], allowedLocations: ["eu"] },
    line: `vertexLocations: us-east5 is not one of allowedLocations: pulumi config set vertexLocations '["eu"]'`,
    repaired: { vertexLocations: ["eu"] },
  },
  {
    what: "allowed locations without one of the default's",
    config: { allowedLocations: ["eu", "europe-west1"] },
    line:
      `vertexLocations: us-east5, us, global are not among allowedLocations: pulumi config set vertexLocations ` +
      `'["eu","europe-west1"]'`,
    repaired: { vertexLocations: ["eu", "europe-west1"] },
  },
  {
    what: "a forced target that is not configured",
    config: { force: "vertex/eu" },
    line: "force: eu is not one of vertexLocations: pulumi config rm force",
    repaired: { force: undefined },
  },
  {
    what: "a malformed Bedrock key",
    config: { bedrock: { region: "us-east-1" }, bedrockApiKey: "secret value" },
    line: "bedrockApiKey: a long-term Bedrock API key starts with ABSK; a short-term key ends too soon: pulumi config set --secret bedrockApiKey",
  },
  {
    what: "Bedrock without its key",
    config: { bedrock: { region: "us-east-1" } },
    line: "bedrockApiKey: bedrock needs an API key of Bedrock: pulumi config set --secret bedrockApiKey",
  },
  {
    what: "a previous Bedrock key without a current one",
    config: { bedrockApiKeyPrevious: BEDROCK_KEY },
    line: "bedrockApiKey: bedrockApiKeyPrevious is set without bedrockApiKey: pulumi config set --secret bedrockApiKey",
  },
  {
    what: "a malformed region of Bedrock",
    config: { bedrock: { region: "Ohio" }, bedrockApiKey: BEDROCK_KEY },
    line: `bedrock.region: an AWS region is like us-east-1: pulumi config set bedrock '{"region":"us-east-1"}'`,
    repaired: { bedrock: { region: "us-east-1" } },
  },
  {
    what: "a chain without a provider, and with another one twice",
    config: { chain: ["vertex", "vertex"] },
    line: `chain: vertex is named twice; chain: anthropic is missing: pulumi config set chain '["vertex","anthropic"]'`,
    repaired: { chain: ["vertex", "anthropic"] },
  },
  {
    what: "a chain without Bedrock, which is used",
    config: { bedrock: { region: "us-east-1" }, bedrockApiKey: BEDROCK_KEY, chain: ["vertex", "anthropic"] },
    line: `chain: bedrock is missing: pulumi config set chain '["vertex","anthropic","bedrock"]'`,
    repaired: { chain: ["vertex", "anthropic", "bedrock"] },
  },
  {
    what: "a chain with Bedrock, which is not used",
    config: { chain: ["bedrock", "vertex", "anthropic"] },
    line: `chain: bedrock is not used, because the setting bedrock is absent: pulumi config set chain '["vertex","anthropic"]'`,
    repaired: { chain: ["vertex", "anthropic"] },
  },
  {
    what: "a misspelt provider in the chain",
    config: { chain: ["vertx", "anthropic"] },
    line: `chain[0]: Invalid option: expected one of "anthropic"|"vertex"|"bedrock": pulumi config set chain '["vertex","anthropic"]'`,
    repaired: { chain: ["vertex", "anthropic"] },
  },
  {
    what: "Bedrock forced in a region that is not used",
    config: { bedrock: { region: "us-east-1" }, bedrockApiKey: BEDROCK_KEY, force: "bedrock/us-west-2" },
    line: "force: us-west-2 is not the region of bedrock: pulumi config rm force",
    repaired: { force: undefined },
  },
  {
    what: "a string in place of the list of clients",
    config: { clients: "default" },
    line:
      `clients: Invalid input: expected array, received string: pulumi config set clients '["NAME"]', with every ` +
      `client's name: a client that is left out is revoked`,
  },
  {
    what: "a list of clients with invalid JSON",
    config: { clients: '["default", {"name": "ci"' },
    line:
      `clients: this is not valid JSON: pulumi config set clients '["NAME"]', with every client's name: a client ` +
      `that is left out is revoked`,
  },
  {
    what: "time limits with invalid JSON",
    config: { timeouts: '{"jsonMs": 5,}' },
    line: `timeouts: this is not valid JSON: pulumi config set timeouts '{"firstByteMs":60000}'`,
    repaired: { timeouts: { firstByteMs: 60_000 } },
  },
  {
    what: "a client named twice",
    config: { clients: ["a", { name: "b", operator: true }, { name: "a", epoch: 2 }] },
    line: `clients: the client a is named twice: pulumi config set clients '["a",{"name":"b","operator":true}]'`,
    repaired: { clients: ["a", { name: "b", operator: true }] },
  },
  {
    what: "a client's name that is too long",
    config: { clients: [...CLIENTS, "a".repeat(33)] },
    line:
      `clients[2].name: a client's name has up to 32 lower-case letters, digits and '-': pulumi config set ` +
      `clients '["default",{"name":"ci","epoch":2,"operator":true},{"name":"my-client"}]'`,
    repaired: { clients: [...CLIENTS, { name: "my-client" }] },
  },
  {
    what: "more clients than a stack can have",
    config: { clients: clientsWith(1_001) },
    line:
      "clients: a stack can have 1000 clients, and the list has 1001: remove clients that nobody needs (their " +
      "tokens are revoked), or use a second stack",
  },
  {
    what: "more rates than fit beside the clients",
    config: { clients: clientsWith(1_000, (index) => ({ requestsPerMinute: (index % 20) + 1 })) },
    line:
      "clients: a Worker's 64 variables hold 1000 clients and 18 different values of requestsPerMinute, and there " +
      "are 20 values: give several clients the same value",
  },
  {
    what: "a former name of two clients",
    config: { clients: ["a", "b"].map((name) => ({ name, formerName: "ci" })) },
    line:
      "clients: two clients have the formerName ci, but only one client can keep its token: remove the formerName " +
      "from all but one of them",
  },
  {
    what: "a former name that is also a client's name",
    config: { clients: ["ci", { name: "build", formerName: "ci" }] },
    line:
      "clients: ci is the name of one client and the formerName of another, but only one client can keep its " +
      "token: remove the name or the formerName",
  },
  {
    what: "a malformed former name",
    config: { clients: [{ name: "ci", formerName: "CI" }] },
    line:
      `clients[0].formerName: a client's name has up to 32 lower-case letters, digits and '-': pulumi config set ` +
      `clients '[{"name":"ci"}]'`,
    repaired: { clients: [{ name: "ci" }] },
  },
  {
    what: "a client with a rate of zero",
    config: { clients: [...CLIENTS, { name: "slow", requestsPerMinute: 0 }] },
    line:
      `clients[2].requestsPerMinute: Too small: expected number to be >=1: pulumi config set clients ` +
      `'["default",{"name":"ci","epoch":2,"operator":true},{"name":"slow","requestsPerMinute":1}]'`,
    repaired: { clients: [...CLIENTS, { name: "slow", requestsPerMinute: 1 }] },
  },
  {
    what: "a misspelt right of a client",
    config: { clients: [{ name: "ci", operater: true }, "default"] },
    line:
      `clients[0].operater: there is no such setting (did you mean clients[0].operator?): pulumi config set clients ` +
      `'[{"name":"ci","operator":true},"default"]'`,
    repaired: { clients: [{ name: "ci", operator: true }, "default"] },
  },
  {
    what: "two mistakes in one setting",
    config: { timeouts: { jsonMs: 0, chainMS: 500_000, idleMs: 90_000 } },
    line:
      `timeouts.jsonMs: Too small: expected number to be >=1; timeouts.chainMS: there is no such setting ` +
      `(did you mean timeouts.chainMs?): pulumi config set timeouts '{"jsonMs":280000,"idleMs":90000,"chainMs":500000}'`,
    repaired: { timeouts: { jsonMs: 280_000, idleMs: 90_000, chainMs: 500_000 } },
  },
  {
    what: "a time limit that leaves no time for a second target",
    config: { timeouts: { chainMs: 50_000, idleMs: 90_000 } },
    line:
      `timeouts.firstByteMs: 60000 leaves no time for a second target, because all targets together have 50000 ` +
      `(timeouts.chainMs): pulumi config set timeouts '{"chainMs":50000,"idleMs":90000,"firstByteMs":25000}'`,
    repaired: { timeouts: { chainMs: 50_000, idleMs: 90_000, firstByteMs: 25_000 } },
  },
  {
    what: "a conversation that is remembered for too long",
    config: { stickiness: { mode: "stateles", maxAgeMs: 7_200_000, vertexSession: false } },
    line:
      'stickiness.mode: Invalid option: expected one of "full"|"stateless"|"off"; stickiness.maxAgeMs: Too big: ' +
      `expected number to be <=3600000: pulumi config set stickiness '{"mode":"stateless","maxAgeMs":300000,` +
      `"vertexSession":false}'`,
    repaired: { stickiness: { mode: "stateless", maxAgeMs: 300_000, vertexSession: false } },
  },
  {
    what: "more models than fit into a variable",
    config: { models: MANY_MODELS },
    line:
      "models: models, corsOrigins and the limits together need 5954 bytes, but a Worker's variable holds only " +
      "5120: remove models or origins",
  },
  {
    what: "a string in place of a boolean",
    config: { logPayloads: "maybe" },
    line: "logPayloads: Invalid input: expected boolean, received string: pulumi config set logPayloads false",
    repaired: { logPayloads: false },
  },
  {
    what: "an unknown choice",
    config: { routing: "teleport" },
    line: `routing: Invalid option: expected one of "universal"|"direct"|"bypass": pulumi config set routing universal`,
    repaired: { routing: "universal" },
  },
  {
    what: "a misspelt setting",
    config: { vertexLocation: "us-east5" },
    line: "vertexLocation: there is no such setting (did you mean vertexLocations?): pulumi config rm vertexLocation",
    repaired: { vertexLocation: undefined },
  },
  {
    what: "an unknown setting",
    config: { colour: "red" },
    line: "colour: there is no such setting: pulumi config rm colour",
    repaired: { colour: undefined },
  },
  {
    what: "Access without anybody who may pass",
    config: { access: {} },
    line:
      `access: nobody may pass: name a service token, a mail domain or an address: pulumi config set access ` +
      `'{"serviceTokenIds":["UUID"]}'`,
  },
  {
    what: "impersonation with a service account's key",
    config: { googleImpersonation: true },
    line: "googleAuth: googleImpersonation needs workloadIdentity: pulumi config set googleAuth workloadIdentity",
    repaired: { googleAuth: "workloadIdentity" },
  },
  {
    what: "a spend limit for an unknown client",
    config: { clients: ["default", "ci"], spendLimits: [{ usd: 1, windowSeconds: 60, client: "cy" }] },
    line:
      `spendLimits[0].client: cy is not one of clients: pulumi config set spendLimits ` +
      `'[{"usd":1,"windowSeconds":60,"client":"ci"}]'`,
    repaired: { spendLimits: [{ usd: 1, windowSeconds: 60, client: "ci" }] },
  },
  {
    what: "a log that is too small",
    config: { logs: { entries: 5, whenFull: "STOP_INSERTING" } },
    line:
      `logs.entries: Too small: expected number to be >=10000: pulumi config set logs ` +
      `'{"entries":100000,"whenFull":"STOP_INSERTING"}'`,
    repaired: { logs: { entries: 100_000, whenFull: "STOP_INSERTING" } },
  },
  {
    what: "a wrong value beside one with an apostrophe",
    config: { corsOrigins: ["https://o'neill.example.com", "localhost"] },
    line:
      `corsOrigins[1]: an origin is like https://app.example.com: pulumi config set corsOrigins ` +
      `'["https://o'\\''neill.example.com","https://app.example.com"]'`,
    repaired: { corsOrigins: ["https://o'neill.example.com", "https://app.example.com"] },
  },
  {
    what: "a wrong value beside headers that may be secret",
    config: { otel: { url: "https://otel.example.com/v1/traces", headers: { "x-key": "hidden" }, contentType: "xml" } },
    line: `otel.contentType: Invalid option: expected one of "json"|"protobuf": pulumi config set --secret otel`,
  },
];
