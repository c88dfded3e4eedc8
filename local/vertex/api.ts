/**
 * Claude on Vertex AI (Google managed): Google's front end decides on identity, API, permission, model and location and
 * answers in Google's error shape; behind it the model layer answers in Anthropic's. Sources: docs/fidelity.md.
 */

import {
  errorEnvelope,
  errorOf,
  problemWith,
  problemWithPrompt,
  sendAnswer,
  sendError,
} from "../claude/messages-api.ts";
import { servedByVertex } from "../claude/models.ts";
import { countTokens, type MessagesRequest } from "../claude/reply.ts";
import { holds, memberOf, PREDICT } from "../google-auth/identity.ts";
import { leaveNoResponse, leavesNoResponse } from "../http/broken-answer.ts";
import { type ErrorAnswer, type ErrorFault, isErrorFault, sendErrorFault } from "../http/broken-error.ts";
import { sendJsonAnswer } from "../http/broken-json.ts";
import type { CloudContext } from "../http/context.ts";
import { type Exchange, jsonBody, sendJson } from "../http/exchange.ts";
import { randomText } from "../state/ids.ts";
import { frontEndAnswer, frontEndErrorOf, type VertexResource } from "./front-end.ts";
import { COUNT_TOKENS_LOCATIONS, countsFor, refusedByVertex } from "./rules.ts";

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
  const requestId = newRequestId();
  const resource = resourceOf(exchange);
  const { project: projectId, location, model, verb } = resource;
  const frontEnd = (code: number, text?: string) => {
    const { status, body, headers } = frontEndAnswer(resource, code, text);
    sendJson(exchange, status, body, headers);
  };
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
  const frontEndError = isErrorFault(fault) ? frontEndErrorOf(fault, resource) : undefined;
  if (isErrorFault(fault) && frontEndError) return sendErrorFault(exchange, fault, frontEndError);
  const counts = model === COUNT_TOKENS;
  const isServed = counts
    ? verb === "rawPredict" && COUNT_TOKENS_LOCATIONS.has(location)
    : servedByVertex(model, location, today) !== undefined;
  if (!isServed) return frontEnd(404);
  if (isErrorFault(fault)) return sendErrorFault(exchange, fault, errorOf(fault, requestId));
  if (exchange.body.length > MAX_BODY_BYTES) return refuse(413);

  const body = jsonBody(exchange);
  const malformed = counts ? problemWithPrompt(body) : problemWith(body);
  if (malformed) return refuse(400, malformed);
  const request = body as MessagesRequest & Record<string, unknown>;
  const beta = exchange.headers["anthropic-beta"] ?? "";
  if (!counts) {
    const refused = refusedByVertex("predict", request, beta, model);
    if (refused) return refuse(400, refused);
    const served = { idMark: "vrtx_", requestId, model: model.replace("@", "-"), headers: {} } as const;
    sendAnswer(exchange, request, served, fault);
    return;
  }
  if (!countsFor(request.model, today)) return refuse(404, `model: ${request.model}`);
  const refused = refusedByVertex("countTokens", request, beta, String(request.model));
  if (refused) return refuse(400, refused);
  const count = { input_tokens: countTokens(request) };
  sendJsonAnswer(exchange, count, { "request-id": requestId }, fault, (type) => errorEnvelope(type, requestId));
}

/** What a fault is answered with before the request has been looked at. */
export function vertexErrorOf(exchange: Exchange, fault: ErrorFault): ErrorAnswer {
  return frontEndErrorOf(fault, resourceOf(exchange)) ?? errorOf(fault, newRequestId());
}

function resourceOf({ path }: Exchange): VertexResource {
  const [, project = "", location = "", model = "", verb] = PATH.exec(path) ?? [];
  return { project, location, model, verb };
}

function newRequestId(): string {
  return `req_vrtx_011C${randomText(20)}`;
}
