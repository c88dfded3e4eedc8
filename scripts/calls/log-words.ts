/** The words of the Worker's log as sentences. A word that is not known here is shown as it is. */

/**
 * Why a platform was not asked. Sources: `worker/targets/chain.ts`, `fit.ts`, `bedrock-fit.ts`,
 * `anthropic-only.ts`.
 */
const SKIPPED: Readonly<Record<string, string>> = {
  unknown_model: "the Worker's table of models does not have this model",
  model_not_on_vertex: "Google does not offer this model",
  model_not_on_bedrock: "the table has no id of this model on Bedrock",
  model_not_in_locations: "no Vertex location of the stack serves this model",
  count_tokens_not_in_locations: "no Vertex location of the stack counts tokens",
  too_large: "Vertex takes at most 30 MB, Bedrock 20 MB",
  memory: "there was no memory for the request's body, so it was streamed to Anthropic alone",
};

/** @param text the value of `x-failover-skipped` @returns one sentence for each platform */
export function skippedFacts(text: string): string[] {
  return text.split(";").map((part) => {
    const [, platform = "vertex", word = part] = /^(\w+)=(.*)$/.exec(part) ?? [];
    const title = platformTitle(platform);
    return `${title} was not asked: ${skippedWhy(word, title)} (${word}).`;
  });
}

/** @param target such as `vertex/us`, or a platform */
export function platformTitle(target: string): string {
  return target.split("/")[0] === "bedrock" ? "Bedrock" : "Vertex";
}

function skippedWhy(word: string, platform: string): string {
  const known = SKIPPED[word];
  if (known !== undefined) return known;
  const [kind = "", name] = word.split(":");
  if (name === undefined) return KINDS[kind]?.replace("PLATFORM", platform) ?? word;
  if (kind === "thread") return "only Anthropic has the conversation's thread";
  if (kind === "member") return `${platform} lacks the member ${name}, which may change the answer`;
  if (kind === "beta") return `${platform} lacks the beta ${name}`;
  return `${platform} lacks the ${kind} ${name}`;
}

/** Words without a name, because the log has no name that a caller chose. */
const KINDS: Readonly<Record<string, string>> = {
  version: "PLATFORM does not know this version of the API",
  too_many_types: "the request has too many kinds of blocks to be sure that PLATFORM takes them",
  type: "the request has a kind of block, source or tool that PLATFORM lacks",
  member: "the request has a member that may change the answer and that PLATFORM lacks",
  beta: "the request asks for a beta that PLATFORM lacks",
};

/** What told who served the conversation's last turn. Source: `worker/stickiness/turn.ts`. */
const STICKY: Readonly<Record<string, string>> = {
  tool_id: "the newest tool id in the request says so",
  memory: "the isolate remembered it",
};

export function stickyWhy(word: string): string {
  const why = STICKY[word] ?? word;
  return `The target that served the conversation's last turn was asked first: ${why} (sticky: ${word}).`;
}

/** What the Worker saw of a target, if it is neither a status nor hidden. Source: `worker/response/`. */
const RESULTS: Readonly<Record<string, string>> = {
  "429:contract_spend_limit_reached": "answered 429: the organization has reached the spend limit of its contract",
  "429:enforced_spend_limit_reached": "answered 429: the organization has reached the monthly spend cap of its tier",
  "429:ramp_limit_exceeded": "answered 429: the organization's usage has grown faster than its ramp limit allows",
  "402:linked_organization_spend_limit_reached":
    "answered 402: the organization that the caller's user profile links to has reached its spend limit, or has no credit",
  "402:linked_organization_billing_unavailable":
    "answered 402: the organization that the caller's user profile links to cannot be billed",
  timeout: "did not answer in time",
  deadline: "did not answer in time",
  no_connection: "could not be reached",
  google_unreachable: "was not asked, because Google gave no access token: its token endpoint could not be reached",
  google_token_timeout: "was not asked, because Google gave no access token in time",
  google_token_malformed: "was not asked, because Google's answer had no access token",
  "200:event_timeout": "began to answer, and had no content in time",
  "200:empty_stream": "answered 200 with an empty stream",
  "200:cut_before_content": "answered 200 with a stream that ended before its content",
  "200:no_content": "answered 200 with a stream without content",
  "200:no_stream": "answered 200 to a streamed request, without a stream",
  "200:cut": "answered 200 with a body that was cut short",
  "200:empty": "answered 200 with an empty body",
  "200:no_json": "answered 200 with something that is not JSON",
  "200:no_message": "answered 200 with something that is not a message",
};

/** Continues a sentence that begins with the target's name. */
export function resultText(result: string): string {
  const known = RESULTS[result];
  if (known !== undefined) return known;
  if (/^5(2[0-6]|30)$/.test(result)) return `answered ${result}: Cloudflare in front of it got no usable answer`;
  if (/^\d+$/.test(result)) return `answered ${result}`;
  const [kind = "", detail] = result.split(":");
  if (kind === "gateway" && detail !== undefined)
    return `could not be asked: the gateway answered with its error ${detail}`;
  if (kind === "200" && detail !== undefined) return `answered 200 with the error ${detail}`;
  if (/^google_token_\d+$/.test(result)) {
    return `was not asked, because Google's token endpoint answered ${result.replace("google_token_", "")}`;
  }
  return `failed: ${result}`;
}

/** How a body that was passed on has ended. Source: `worker/response/relay.ts`. */
const ENDS: Readonly<Record<string, string>> = {
  complete: "was complete",
  error: "ended with an error event of the target",
  cut: "was cut off by the target",
  idle: "ended because the target was silent for too long",
  client_left: "ended because the caller left",
  client_stalled: "ended because the caller read nothing any more",
};

export function endText(end: string): string {
  return ENDS[end] ?? `ended as ${end}`;
}

/** A key of the circuit breaker. Source: `worker/failover/circuit-breaker.ts`. */
export function circuitText(key: string): string {
  const [name = key, neighbours] = key.split(/ (?=by neighbours$)/);
  const [client, rest] = name.includes("|") ? name.split("|") : [undefined, name];
  const [target = name, model] = (rest ?? name).split(" ");
  const whose = client === undefined ? "" : `, for the client ${client} alone`;
  const why = neighbours === undefined ? "" : ", because other isolates of the location saw it fail";
  return `${target} for ${model ?? "all models"}${whose}${why}`;
}
