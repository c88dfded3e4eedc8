/**
 * Makes the responses that callers get, also those for errors. A response has only the listed
 * headers of a target's answer, so that it reveals nothing about other attempts or a provider's
 * infrastructure. It also has headers that say which targets were asked.
 */
import { type ApiError, errorBody, errorType, type Failure } from "./errors.ts";
import type { RequestRecord } from "./log.ts";
import type { StickyReason } from "./stickiness/turn.ts";

const KEPT = new Set([
  "content-type",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "anthropic-organization-id",
]);
/**
 * The form of the providers' request ids. An id of another form is not written into the
 * log.
 */
const LOGGED_ID = /^[\w-]{1,80}$/;
const KEPT_PREFIXES = ["anthropic-ratelimit-", "cf-aig-"];

/** The values of the `x-failover-*` headers. An undefined or empty value gets no header. */
export interface About {
  target?: string | undefined;
  attempts?: string | undefined;
  /** What moved the target of the conversation's last turn to the front of the chain. */
  sticky?: StickyReason | undefined;
  /** Why Vertex or Bedrock was not asked. */
  skipped?: string | undefined;
  /** Members and betas that the step that answered left out. */
  omitted?: readonly string[];
  /** The part of the conversation that this target drops. */
  lost?: string | undefined;
}

export function answerResponse(
  { status, headers }: Response,
  body: BodyInit | null,
  about: About,
  record: RequestRecord,
): Response {
  const kept = keptHeaders(headers);
  addAbout(kept, about);
  identify(kept, record);
  return new Response(body, { status, headers: kept });
}

export function failureResponse(failure: Failure, about: About, record: RequestRecord): Response {
  const { status, body } = failure;
  const headers = keptHeaders(failure.headers);
  addAbout(headers, about);
  identify(headers, record);
  headers.set("content-type", "application/json");
  return new Response(body.kind === "own" ? errorBody(body.error, record.request_id) : body.text, { status, headers });
}

export function errorResponse({ status, message, headers }: ApiError, { request_id }: RequestRecord): Response {
  return new Response(errorBody({ type: errorType(status), message }, request_id), {
    status,
    headers: { ...headers, "content-type": "application/json", "request-id": request_id },
  });
}

function addAbout(headers: Headers, { target, attempts, sticky, skipped, omitted = [], lost }: About): void {
  const about = {
    "x-failover-target": target,
    "x-failover-attempts": attempts,
    "x-failover-sticky": sticky,
    "x-failover-skipped": skipped,
    "x-failover-omitted": omitted.join(","),
    "x-failover-lost": lost,
  };
  for (const [name, value] of Object.entries(about)) if (value) headers.set(name, value);
}

/**
 * A caller knows only one id of a request. The log contains this id, so that the request can be
 * found.
 */
function identify(headers: Headers, record: RequestRecord): void {
  const answerId = headers.get("request-id");
  if (answerId === null) headers.set("request-id", record.request_id);
  else if (LOGGED_ID.test(answerId)) record.answer_id = answerId;
}

function keptHeaders(headers: Headers): Headers {
  const kept = new Headers();
  for (const [name, value] of headers) {
    if (KEPT.has(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix))) kept.set(name, value);
  }
  return kept;
}
