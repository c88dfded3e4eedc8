/**
 * Claude on Vertex AI (Google managed): Google's front end decides on identity, API, permission, model and location and
 * answers in Google's error shape; behind it the model layer answers in Anthropic's. Sources: docs/fidelity.md.
 */
import { leaveNoResponse, leavesNoResponse, sendJsonAnswer } from "./broken-answer.ts";
import { countTokens, type MessagesRequest } from "./claude.ts";
import type { CloudContext } from "./cloud-context.ts";
import { type Exchange, jsonBody } from "./exchange.ts";
import { sendGoogleError } from "./google-errors.ts";
import { holds, memberOf, PREDICT } from "./google-identity.ts";
import { randomText } from "./ids.ts";
import { errorEnvelope, problemWith, problemWithPrompt, sendAnswer, sendError } from "./messages-api.ts";
import { servedByVertex } from "./models.ts";
import { FRONT_END_STATUSES, frontEndError } from "./vertex-front-end.ts";
import { COUNT_TOKENS_LOCATIONS, countsFor, refusedByVertex } from "./vertex-rules.ts";

const PATH =
  /^\/v1(?:beta1)?\/projects\/([^/]+)\/locations\/([^/]+)\/publishers\/anthropic\/models\/([^/:]+):(rawPredict|streamRawPredict)$/;
/** In the place of a model: the method that counts tokens. */
const COUNT_TOKENS = "count-tokens";
const MAX_BODY_BYTES = 30 * 1024 * 1024;

/** @returns the location that a host serves; undefined for a host that is not Vertex's. */
export function vertexLocation(host: string): string | undefined {
  if (host === "aiplatform.googleapis.com") return "global";
  return /^(?:([a-z0-9-]+)-aiplatform\.googleapis\.com|aiplatform\.(us|eu)\.rep\.googleapis\.com)$/
    .exec(host)
    ?.slice(1)
    .find(Boolean);
}

export function vertexApi(exchange: Exchange, { state, faults, today }: CloudContext): void {
  const requestId = `req_vrtx_011C${randomText(20)}`;
  const [, projectId = "", location = "", model = "", verb] = PATH.exec(exchange.path) ?? [];
  const resource = { project: projectId, location, model };
  const frontEnd = (code: number, message?: string, headers = {}) =>
    sendGoogleError(exchange, frontEndError(code, resource, message), {
      asArray: verb === "streamRawPredict",
      headers,
    });
  const refuse = (status: number, message?: string) => sendError(exchange, status, requestId, message);
  if (exchange.method !== "POST" || !verb || location !== vertexLocation(exchange.host)) return frontEnd(404);

  const fault = faults.take("vertex", location);
  if (leavesNoResponse(fault)) return leaveNoResponse(exchange, fault);
  const member = memberOf(exchange, state);
  if (!member) return frontEnd(401);
  const project = state.projects.get(projectId);
  if (!project || !holds(project.policy, member, PREDICT, project)) return frontEnd(403);
  if (!project.enabledServices.has("aiplatform.googleapis.com")) {
    return frontEnd(403, `Vertex AI API has not been used in project ${project.number} before or it is disabled.`);
  }
  const isFrontEndFault =
    fault?.mode === "status" && (fault.shape ? fault.shape === "google" : FRONT_END_STATUSES.has(fault.status));
  if (isFrontEndFault) {
    const { status, message, retryAfterS } = fault;
    return frontEnd(status, message, retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) });
  }
  const counts = model === COUNT_TOKENS;
  const isServed = counts
    ? verb === "rawPredict" && COUNT_TOKENS_LOCATIONS.has(location)
    : servedByVertex(model, location, today) !== undefined;
  if (!isServed) return frontEnd(404);
  if (fault?.mode === "status") return sendError(exchange, fault.status, requestId, fault.message, fault.retryAfterS);
  if (exchange.body.length > MAX_BODY_BYTES) return refuse(413);

  const body = jsonBody(exchange);
  const malformed = counts ? problemWithPrompt(body) : problemWith(body);
  if (malformed) return refuse(400, malformed);
  const request = body as MessagesRequest & Record<string, unknown>;
  const beta = exchange.headers["anthropic-beta"] ?? "";
  if (!counts) {
    const refused = refusedByVertex("predict", request, beta, model);
    if (refused) return refuse(400, refused);
    const served = { messageIdPrefix: "msg_vrtx_", requestId, model: model.replace("@", "-"), headers: {} };
    return sendAnswer(exchange, request, served, fault);
  }
  if (!countsFor(request.model, today)) return refuse(404, `model: ${request.model}`);
  const refused = refusedByVertex("countTokens", request, beta, String(request.model));
  if (refused) return refuse(400, refused);
  const count = { input_tokens: countTokens(request) };
  sendJsonAnswer(exchange, count, { "request-id": requestId }, fault, (type) => errorEnvelope(type, requestId));
}
