/**
 * The points at the end of docs/fidelity.md, under the page's own numbers: its words, what the local
 * cloud believes, and the experiment that shows it, or why no script can. A test compares the words
 * with the page, so that a point cannot be forgotten.
 */
import { headAndBatch } from "./anthropic.ts";
import { bedrockStep } from "./bedrock.ts";
import { accessAnswers, runPermission, tokensAndCodes } from "./cloudflare-account.ts";
import { gatewayDefaults, leftOutOfPut } from "./cloudflare-gateways.ts";
import {
  domainRefusals,
  observabilityDefaults,
  rateLimitRefusals,
  workerByName,
  workerLimits,
} from "./cloudflare-workers.ts";
import type { Experiment } from "./experiment.ts";
import { bytesOfQuery, fallThrough, multiRegions, stepTimeout } from "./gateway.ts";
import { gatewayLog } from "./gateway-log.ts";
import { missingCredential, nativeEndpoint } from "./gateway-native.ts";
import { streamThroughGateway } from "./gateway-stream.ts";
import {
  etagOfAccount,
  grantToMissingPool,
  quotasAndPolicies,
  tokenExchange,
  unknownPublisherModel,
} from "./google-api.ts";
import { observability } from "./observability.ts";
import { federatedToken, newVersion, undocumentedRegion } from "./vertex.ts";
import { countTokens, outputConfig, refusedParts, tooLargeBody } from "./vertex-bodies.ts";

export interface Point {
  /** The page's. */
  number: number;
  /** The page's words. */
  sentence: string;
  /** What the local cloud does, in one line. */
  belief: string;
  how: { kind: "experiment"; experiment: Experiment } | { kind: "not scriptable"; reason: string };
}

export const POINTS: readonly Point[] = [
  {
    number: 1,
    sentence:
      "Which of Anthropic's statuses the gateway falls through on (400, 401, 413, 429, 529 …), and what it " +
      "answers when every step fails.",
    belief: "Any answer that is not 2xx leads to the next step; when all fail, the last answer is returned.",
    how: experiment(fallThrough),
  },
  {
    number: 2,
    sentence:
      "Whether the gateway serializes a step's `query` again or forwards its bytes. Here it forwards them, " +
      "unless a gateway's `reprintsQueries` is set.",
    belief: "The gateway forwards a query's bytes.",
    how: experiment(bytesOfQuery),
  },
  {
    number: 3,
    sentence: "Whether `cf-aig-request-timeout` in a step's own headers still leads to the next step.",
    belief: "A step whose limit passes leads to the next step.",
    how: experiment(stepTimeout),
  },
  {
    number: 4,
    sentence: "Whether the gateway reaches `locations/us`, `eu` and `global`.",
    belief: "It reaches all three.",
    how: experiment(multiRegions),
  },
  {
    number: 5,
    sentence: 'Whether `rawPredict` accepts `anthropic_version: "2026-10-21"` for every model.',
    belief: "Every model accepts it.",
    how: experiment(newVersion),
  },
  {
    number: 6,
    sentence: "Whether a Vertex event stream passes the gateway unbuffered.",
    belief: "It passes while it is made.",
    how: experiment(streamThroughGateway),
  },
  {
    number: 7,
    sentence:
      "Whether `GET /accounts/{account}/workers/workers/{name}` finds a script that was uploaded by `PUT " +
      "…/workers/scripts/{name}`.",
    belief: "It finds the script.",
    how: experiment(workerByName),
  },
  {
    number: 8,
    sentence: 'The id of the permission group "AI Gateway Run" (one value, from third-party sources).',
    belief: "644535f4ed854494a59cb289d634b257.",
    how: experiment(runPermission),
  },
  {
    number: 9,
    sentence:
      "Whether Google really refuses a model in us-east5 when its documentation does not list it there. " +
      "Google's cards were read for Opus 4.6, 4.7, 4.8 and Fable 5, and that of Sonnet 5.5 for its last day. The " +
      "locations of the other models are from Anthropic's pages. Opus 4.6 is in no multi-region here, because " +
      "its card names `us` and `eu` only as places of processing. Fable 5 may also be in asia-southeast1.",
    belief: "It refuses the model with a 404.",
    how: experiment(undocumentedRegion),
  },
  {
    number: 10,
    sentence:
      "Whether `us`, `eu` and `global` count tokens (here: no), which betas counting refuses besides " +
      "`web-search-2025-03-05`, and what an unknown model gets there (here: Anthropic's 404).",
    belief: "They do not; counting refuses one beta only; an unknown model gets Anthropic's 404.",
    how: experiment(countTokens),
  },
  {
    number: 11,
    sentence:
      "The wording of Vertex's 400 for URL and file sources and for server tools that it lacks, and whether " +
      "it refuses `service_tier` and `fallback_credit_token` at all.",
    belief: "Each is a 400, in the words of the local cloud.",
    how: experiment(refusedParts),
  },
  {
    number: 12,
    sentence: "Which models up to 4.5 accept `output_config` on Vertex (here: none).",
    belief: "None of them accepts it.",
    how: experiment(outputConfig),
  },
  {
    number: 13,
    sentence: "Who answers a body over 30 MB at Vertex, and in which format (here: Anthropic's 413).",
    belief: "The model layer does, with Anthropic's 413.",
    how: experiment(tooLargeBody),
  },
  {
    number: 14,
    sentence:
      "What a provider-native endpoint answers when the provider refuses or resets the connection, or " +
      "exceeds `cf-aig-request-timeout` (here: 2005), and whether a bearer token counts as a credential for " +
      "`anthropic` under `byokOnly` (here: only `x-api-key`).",
    belief: "400 with code 2005; a bearer token does not count as a credential.",
    how: experiment(nativeEndpoint),
  },
  {
    number: 15,
    sentence: "The texts of codes 2040 and 2041, and when 2040 is a 403.",
    belief: "400 with code 2040 and the text of the local cloud.",
    how: experiment(missingCredential),
  },
  {
    number: 16,
    sentence:
      "What `HEAD /` at api.anthropic.com answers (here: an empty 200), and its wording for a batch that " +
      "has not ended.",
    belief: "An empty 200; a 400 in the words of the local cloud.",
    how: experiment(headAndBatch),
  },
  {
    number: 17,
    sentence:
      "Whether the STS API must be enabled in the pool's project (here: yes), and the texts of its " + "refusals.",
    belief: "The API must be enabled; the refusals have the words of the local cloud.",
    how: experiment(tokenExchange),
  },
  {
    number: 18,
    sentence: "Whether Vertex accepts a federated token directly in every location, or needs a service account's.",
    belief: "Vertex accepts the federated token in every location.",
    how: experiment(federatedToken),
  },
  {
    number: 19,
    sentence: "Whether a grant to a missing pool is refused (here: yes).",
    belief: "Google refuses the grant.",
    how: experiment(grantToMissingPool),
  },
  {
    number: 20,
    sentence:
      "What settings a gateway gets when its creation leaves out more than `logpush`, `zdr`, `otels`, " +
      "`spendLimits` and `workersAiBillingMode` (here: no authentication, logs on, 100,000 entries, the " +
      "oldest deleted), and which of them Cloudflare's newest provider (bundled in @pulumi/cloudflare 6.22) " +
      "reports as a change. Version 5.22 was observed.",
    belief: "No authentication, no byok_only, 100,000 entries, the oldest deleted, fixed windows.",
    how: experiment(gatewayDefaults),
  },
  {
    number: 21,
    sentence: "What observability settings the API fills in (here: invocation logs on, traces off).",
    belief: "Invocation logs are on, traces are off.",
    how: experiment(observabilityDefaults),
  },
  {
    number: 22,
    sentence:
      "Whether `PUT …/workers/domains` with a hostname that already has a Worker moves it under the same id " +
      "(here: yes), the status with codes 10082 and 10083 (here: 400), and whether a deleted script's " +
      "custom domains are deleted with it (here: they stay).",
    belief: "400 with 10082 for a hostname in no zone, 400 with 10083 for an unknown zone.",
    how: experiment(domainRefusals),
  },
  {
    number: 23,
    sentence: "What an Access application's answer adds to the request, and the codes of its refusals.",
    belief: "The answer adds id, aud and the two newer forms of the domain; a refusal is a 400 without a code.",
    how: experiment(accessAnswers),
  },
  {
    number: 24,
    sentence:
      "How the API reports an account's 21st gateway, a variable over 5 KB, a 65th variable and a bad token " +
      "policy (here without a code), whether rate limits count among the 64 variables (here: yes), and " +
      "whether a KB is 1,000 or 1,024 bytes (here: 1,024; the clients' variables fit both).",
    belief: "400 without a code; rate limits count; a KB is 1,024 bytes.",
    how: experiment(workerLimits),
  },
  {
    number: 25,
    sentence:
      "Whether Model Garden refuses an unknown model name (here: only a malformed one), and the text for a " +
      "missing region.",
    belief: "It accepts the name.",
    how: experiment(unknownPublisherModel),
  },
  {
    number: 26,
    sentence:
      "Whether a spend limit or an OpenTelemetry export that the program no longer has is removed. The " +
      "provider leaves it out of the `PUT`, and here a setting that is left out gets its default.",
    belief: "Both are removed.",
    how: experiment(leftOutOfPut),
  },
  {
    number: 27,
    sentence:
      "Cloudflare's codes where the real providers showed none (here 1), how `tokens/verify` answers a " +
      "disabled or an expired token (here: a 200 with that status and no message), and whether such a token " +
      "gets the same 403 everywhere else (here: yes, code 10000).",
    belief: "404 without a code; a disabled or expired token verifies with a 200 and no message.",
    how: experiment(tokensAndCodes),
  },
  {
    number: 28,
    sentence:
      "Which permissions Google checks for `:enableModel` and `:listAttestationRules`, and whether it " +
      "checks etags outside policies (here: no).",
    belief: "An old etag is accepted outside policies.",
    how: experiment(etagOfAccount),
  },
  {
    number: 29,
    sentence:
      "Whether Cloudflare's newest provider also misses, in a refresh, a rate limit that was changed or " +
      "removed by hand, as 5.22 does.",
    belief: "It misses both.",
    how: notScriptable(
      "It needs a stack whose rate limit was changed by hand, and a refresh by the provider: " +
        "test/engine/providers shows it for the version that is installed.",
    ),
  },
  {
    number: 30,
    sentence:
      "How the API refuses a rate limit with a `namespace_id` that is not a positive integer as text, or " +
      "with a period other than 10 or 60 seconds (here: a 400 without a code), and the largest limit and " +
      "`namespace_id` that it accepts (here: any; the program's ids have 31 bits).",
    belief: "400 without a code; a limit of 2^32 and a namespace_id of 2^64 are accepted.",
    how: experiment(rateLimitRefusals),
  },
  {
    number: 31,
    sentence:
      "The log of a gateway: whether a filter for a metadata key and one for a metadata value must be met " +
      "by the same entry (here: no), what `search` reads (here: id, provider, model, path, metadata), how a " +
      "call without an answer looks (here: no `status_code`), whether `path` starts with a slash (here: " +
      "no), how long `request_head` is (here: 1,000 characters), and how long it takes until an entry can " +
      "be read (here: it is there with the answer's headers).",
    belief: "As the page says, in each of the six.",
    how: experiment(gatewayLog),
  },
  {
    number: 32,
    sentence:
      "In a query of Workers Observability: what a missing value meets (here: `is_null` and the negative " +
      "operations), the name of a calculation (here: its operator), the unit of `interval` (here: seconds), " +
      "the default number of buckets (here: 20), how percentiles are interpolated (here: linear), and the " +
      "codes of its refusals (here: none). Whether a token with read permission may query: Cloudflare's " +
      "schema names `Workers Observability Write`.",
    belief: "As the page says; a refusal is a 400 without a code.",
    how: experiment(observability),
  },
  {
    number: 33,
    sentence:
      "What Vertex answers for a model whose terms nobody accepted: a 404 in most reports, a 403 " +
      "PERMISSION_DENIED in one (here: 404, except for counting tokens); and whether quota or terms are " +
      "checked first (here: terms).",
    belief: "404; terms are checked before quotas.",
    how: notScriptable(
      "No API says whose terms are accepted, so a 404 can also mean that the location does not serve the " +
        "model. A quota of 0 would have to be set on purpose.",
    ),
  },
  {
    number: 34,
    sentence:
      "The base models of the quotas, which Google's page and captured 429s name differently for Sonnet 4.6 " +
      "on `global` (here: as on the page), and whether `getEffectiveOrgPolicy` knows the managed constraint " +
      "(here: yes).",
    belief: "anthropic-claude-sonnet-4-6; the constraint is known.",
    how: experiment(quotasAndPolicies),
  },
  {
    number: 35,
    sentence:
      "Whether an organization at a spend limit may still list models and count tokens (here: yes), the " +
      "texts of these errors (the tier's cap is as documented), how long the `retry-after` of a ramp limit is " +
      "(here: 60 s) and whether that limit is one for all models (the Worker: for each), and whether a disabled " +
      "key gets another answer than an unknown one (here: no).",
    belief: "It may; a disabled key is refused like an unknown one.",
    how: notScriptable(
      "It needs an organization at its spend limit, and a key of yours that is disabled in the Console.",
    ),
  },
  {
    number: 36,
    sentence:
      "Google's last days of Sonnet 4.5 and 4.6, Haiku 4.5, Opus 4.5, and of the models from 5 on other than " +
      "Fable 5 and Sonnet 5.5 (here: none). For the 3.5 models Anthropic's day is used.",
    belief: "No day is published.",
    how: notScriptable("Google publishes the days on its model cards only; no API lists them."),
  },
  {
    number: 37,
    sentence:
      "Whether Fable 5.1 and 5.2 need the same consents as Fable 5 (the safety addendum, and sharing with " +
      "Anthropic for each location), and what Vertex answers without them (here: as for a model whose terms " +
      "nobody accepted; the local cloud does not ask for them in each location).",
    belief: "They need the same; without them Vertex answers a 404.",
    how: notScriptable(
      "No API says which consents a project has given, and a script must not give one: it would share prompts " +
        "and answers with Anthropic.",
    ),
  },
  {
    number: 38,
    sentence:
      "Whether the gateway passes `X-Vertex-Ai-Session-Id` on, which values Google takes (here: any), and how " +
      "long a server keeps a conversation. Whether all tool ids of Vertex begin with `toolu_vrtx_` or " +
      "`srvtoolu_vrtx_`: ten public transcripts have the first form.",
    belief: "The gateway passes it on; the ids have these forms.",
    how: notScriptable("No answer says which server gave it, and one tool call proves nothing about all of them."),
  },
  {
    number: 39,
    sentence:
      "Whether the gateway passes on a provider's 520 to 530 as it is (here: yes), and whether Cloudflare sends " +
      "its pages with a `retry-after` header (here: no).",
    belief: "The status is passed on.",
    how: notScriptable("Nobody can make a provider answer so on purpose."),
  },
  {
    number: 40,
    sentence:
      "An Access application for a Worker: whether the API wants or returns a `domain` for it (here: neither), " +
      "the status and code of a second one for the same Worker (here: a 409 without a code), and whether a " +
      "deployer with Workers Scripts: Read may read `workers/workers/{name}` (here: yes).",
    belief: "As the provider's schema says.",
    how: notScriptable("An application for the stack's Worker would refuse its clients."),
  },
  {
    number: 41,
    sentence:
      "Whether the Universal Endpoint takes a step of Bedrock's Mantle endpoint, and whether the gateway lets " +
      "its token counting through (here: both). Cloudflare documents only messages at the provider-native " +
      "endpoint.",
    belief: "The gateway takes both.",
    how: experiment(bedrockStep),
  },
  {
    number: 42,
    sentence:
      "What Bedrock's Mantle endpoint answers to a bad API key, to a missing permission, to a model that its " +
      "region lacks, above a quota and above its largest body (here: 401, 403, 404 and 429 in Anthropic's " +
      "envelope, and a 413 above 20 MB); which of its refusals come in AWS's form; and whether an id of an " +
      "answer always starts with `msg_bdrk_`.",
    belief: "Anthropic's envelope; 20 MB.",
    how: notScriptable(
      "It needs a key without the permission, a quota that is used up, and an upload of more than 20 MB that " +
        "Amazon may charge for.",
    ),
  },
];

function experiment(run: Experiment): Point["how"] {
  return { kind: "experiment", experiment: run };
}

function notScriptable(reason: string): Point["how"] {
  return { kind: "not scriptable", reason };
}
