/**
 * Claude on Vertex AI. Google's front end checks identity, API, permission, model and location, and
 * answers in Google's error format. The model layer behind it answers in Anthropic's format.
 * Sources: docs/fidelity.md.
 */

import {
  errorEnvelope,
  errorOf,
  problemWithPrompt,
  problemWithRequest,
  sendAnswer,
  sendError,
} from "../claude/messages-api.ts";
import { servedByVertex } from "../claude/models.ts";
import { countTokens } from "../claude/reply.ts";
import type { MessagesRequest } from "../claude/request.ts";
import { holds, memberOf, PREDICT } from "../google-auth/identity.ts";
import { isConnectionFault, sendConnectionFault } from "../http/broken-answer.ts";
import { type ErrorAnswer, type ErrorFault, isErrorFault, sendErrorFault } from "../http/broken-error.ts";
import { sendJsonAnswer } from "../http/broken-json.ts";
import type { CloudContext } from "../http/context.ts";
import { type Exchange, jsonBody, sendJson } from "../http/exchange.ts";
import { randomText } from "../state/ids.ts";
import { frontEndAnswer, frontEndErrorOf, type VertexResource } from "./front-end.ts";
import { vertexLocation } from "./hosts.ts";
import { refusedForModel, refusedWithoutBilling } from "./project-limits.ts";
import { COUNT_TOKENS_LOCATIONS, canCountTokensFor, refusedByVertex } from "./rules.ts";

const PATH = new RegExp(
  "^/v1(?:beta1)?/projects/([^/]+)/locations/([^/]+)" +
    "/publishers/anthropic/models/([^/:]+):(rawPredict|streamRawPredict)$",
);
/** Stands in place of a model in the path, and selects the method that counts tokens. */
const COUNT_TOKENS = "count-tokens";
const MAX_BODY_BYTES = 30 * 1024 * 1024;

export function vertexApi(exchange: Exchange, { state, faults, today }: CloudContext): void {
  const requestId = newRequestId();
  const resource = resourceOf(exchange);
  const { project: projectId, location, model, verb } = resource;
  const sendFrontEndError = (code: number, text?: string) => {
    const { status, body, headers } = frontEndAnswer(resource, code, text);
    sendJson(exchange, status, body, headers);
  };
  const refuse = (status: number, message?: string) => sendError(exchange, status, requestId, message);
  if (exchange.method !== "POST" || !verb || location !== vertexLocation(exchange.host)) return sendFrontEndError(404);

  const fault = faults.take("vertex", location);
  if (isConnectionFault(fault)) return sendConnectionFault(exchange, fault);
  const member = memberOf(exchange, state);
  if (!member) return sendFrontEndError(401);
  const project = state.projects.get(projectId);
  if (!project || !holds(project.policy, member, PREDICT, project)) return sendFrontEndError(403);
  if (!project.enabledServices.has("aiplatform.googleapis.com")) {
    return sendFrontEndError(
      403,
      `Vertex AI API has not been used in project ${project.number} before or it is disabled.`,
    );
  }
  const unbilled = refusedWithoutBilling(project);
  if (unbilled) return sendFrontEndError(unbilled.code, unbilled.text);
  const frontEndError = isErrorFault(fault) ? frontEndErrorOf(fault, resource) : undefined;
  if (isErrorFault(fault) && frontEndError) return sendErrorFault(exchange, fault, frontEndError);
  const isCount = model === COUNT_TOKENS;
  const isServed = isCount
    ? verb === "rawPredict" && COUNT_TOKENS_LOCATIONS.has(location)
    : servedByVertex(model, location, today) !== undefined;
  if (!isServed) return sendFrontEndError(404);
  const refusedModel = isCount ? undefined : refusedForModel(project, model, location, today);
  if (refusedModel) return sendFrontEndError(refusedModel.code, refusedModel.text);
  if (isErrorFault(fault)) return sendErrorFault(exchange, fault, errorOf(fault, requestId));
  if (exchange.body.length > MAX_BODY_BYTES) return refuse(413);

  const body = jsonBody(exchange);
  const malformed = isCount ? problemWithPrompt(body) : problemWithRequest(body);
  if (malformed) return refuse(400, malformed);
  const request = body as MessagesRequest & Record<string, unknown>;
  const beta = exchange.headers["anthropic-beta"] ?? "";
  if (!isCount) {
    const refused = refusedByVertex("predict", request, beta, model);
    if (refused) return refuse(400, refused);
    const served = { idMark: "vrtx_", requestId, model: model.replace("@", "-"), headers: {} } as const;
    sendAnswer(exchange, request, served, fault);
    return;
  }
  if (!canCountTokensFor(request.model, today)) return refuse(404, `model: ${request.model}`);
  const refused = refusedByVertex("countTokens", request, beta, String(request.model));
  if (refused) return refuse(400, refused);
  const count = { input_tokens: countTokens(request) };
  sendJsonAnswer(exchange, count, { "request-id": requestId }, fault, (type) => errorEnvelope(type, requestId));
}

/** The error for a fault that applies before the request is checked. */
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
