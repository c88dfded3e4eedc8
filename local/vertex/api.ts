/**
 * Claude on Vertex AI. Google's front end checks identity, API, permission, model and location, and
 * answers in Google's error format. The model layer behind it answers in Anthropic's format.
 * Sources: docs/fidelity.md.
 */

import {
  errorOf,
  problemWithPrompt,
  problemWithRequest,
  sendAnswer,
  sendError,
  sendTokenCount,
} from "../claude/messages-api.ts";
import { servedByVertex } from "../claude/models.ts";
import type { MessagesRequest } from "../claude/request.ts";
import { holds, memberOf, PREDICT } from "../google-auth/identity.ts";
import { isConnectionFault, sendConnectionFault } from "../http/broken-answer.ts";
import { type ErrorAnswer, type ErrorFault, isErrorFault, sendErrorFault } from "../http/broken-error.ts";
import type { CloudContext } from "../http/context.ts";
import { type Exchange, jsonBody, sendJson } from "../http/exchange.ts";
import { randomText } from "../state/ids.ts";
import { frontEndAnswer, frontEndErrorOf, type VertexResource } from "./front-end.ts";
import { vertexLocation } from "./hosts.ts";
import { type ProjectRefusal, refusedForModel, refusedWithoutBilling } from "./project-limits.ts";
import { COUNT_TOKENS_LOCATIONS, canCountTokensFor, refusedByVertex } from "./rules.ts";

const PATH = new RegExp(
  "^/v1(?:beta1)?/projects/([^/]+)/locations/([^/]+)" +
    "/publishers/anthropic/models/([^/:]+):(rawPredict|streamRawPredict)$",
);
/** Stands in place of a model in the path, and selects the method that counts tokens. */
const COUNT_TOKENS = "count-tokens";
const MAX_BODY_BYTES = 30 * 1024 * 1024;

export function vertexApi(exchange: Exchange, context: CloudContext): void {
  const resource = resourceOf(exchange);
  const refuse = (refused: ProjectRefusal) => {
    const { status, body, headers } = frontEndAnswer(resource, refused.code, refused.text);
    sendJson(exchange, status, body, headers);
  };
  if (!isPrediction(exchange, resource)) return refuse({ code: 404 });
  const fault = context.faults.take("vertex", resource.location);
  if (isConnectionFault(fault)) return sendConnectionFault(exchange, fault);
  const refusedCaller = callerRefusal(exchange, context, resource);
  if (refusedCaller) return refuse(refusedCaller);
  const frontEndError = isErrorFault(fault) ? frontEndErrorOf(fault, resource) : undefined;
  if (isErrorFault(fault) && frontEndError) return sendErrorFault(exchange, fault, frontEndError);
  const refusedModel = modelRefusal(context, resource);
  if (refusedModel) return refuse(refusedModel);

  const requestId = newRequestId();
  if (isErrorFault(fault)) return sendErrorFault(exchange, fault, errorOf(fault, requestId));
  const call = { exchange, resource, requestId, fault, today: context.today };
  const refusedBody = resource.model === COUNT_TOKENS ? answerCount(call) : answerMessage(call);
  if (refusedBody) sendError(exchange, refusedBody.status, requestId, refusedBody.message);
}

function isPrediction({ method, host }: Exchange, { verb, location }: VertexResource): boolean {
  return method === "POST" && verb !== undefined && location === vertexLocation(host);
}

/** What the front end checks of the caller and its project, in this order. */
function callerRefusal(
  exchange: Exchange,
  { state }: CloudContext,
  { project: projectId }: VertexResource,
): ProjectRefusal | undefined {
  const member = memberOf(exchange, state);
  if (!member) return { code: 401 };
  const project = state.projects.get(projectId);
  if (!project || !holds(project.policy, member, PREDICT, project)) return { code: 403 };
  if (!project.enabledServices.has("aiplatform.googleapis.com")) {
    const text = `Vertex AI API has not been used in project ${project.number} before or it is disabled.`;
    return { code: 403, text };
  }
  return refusedWithoutBilling(project);
}

/** What the front end checks of the model: whether the location serves it, terms and quotas. */
function modelRefusal(
  { state, today }: CloudContext,
  { project: projectId, model, location, verb }: VertexResource,
): ProjectRefusal | undefined {
  if (model === COUNT_TOKENS) {
    return verb === "rawPredict" && COUNT_TOKENS_LOCATIONS.has(location) ? undefined : { code: 404 };
  }
  if (!servedByVertex(model, location, today)) return { code: 404 };
  const project = state.projects.get(projectId);
  return project && refusedForModel(project, model, location, today);
}

/** A request that has passed the front end. */
interface AdmittedCall {
  exchange: Exchange;
  resource: VertexResource;
  requestId: string;
  fault: Parameters<typeof sendAnswer>[3];
  /** YYYY-MM-DD. */
  today: string;
}

/** An error in Anthropic's format. */
interface BodyRefusal {
  status: number;
  message?: string;
}

function answerMessage({ exchange, resource: { model }, requestId, fault }: AdmittedCall): BodyRefusal | undefined {
  const read = readBody(exchange, problemWithRequest);
  if (read.kind === "refused") return read.refusal;
  const refused = refusedByVertex("predict", read.request, read.beta, model);
  if (refused) return { status: 400, message: refused };
  const served = { idMark: "vrtx_", requestId, model: model.replace("@", "-"), headers: {} } as const;
  sendAnswer(exchange, read.request, served, fault);
  return undefined;
}

function answerCount({ exchange, requestId, fault, today }: AdmittedCall): BodyRefusal | undefined {
  const read = readBody(exchange, problemWithPrompt);
  if (read.kind === "refused") return read.refusal;
  const { request, beta } = read;
  if (!canCountTokensFor(request.model, today)) return { status: 404, message: `model: ${request.model}` };
  const refused = refusedByVertex("countTokens", request, beta, String(request.model));
  if (refused) return { status: 400, message: refused };
  sendTokenCount(exchange, request, requestId, fault);
  return undefined;
}

type ReadBody =
  | { kind: "refused"; refusal: BodyRefusal }
  | { kind: "read"; request: MessagesRequest & Record<string, unknown>; beta: string };

function readBody(exchange: Exchange, problemWith: (body: unknown) => string | undefined): ReadBody {
  if (exchange.body.length > MAX_BODY_BYTES) return { kind: "refused", refusal: { status: 413 } };
  const body = jsonBody(exchange);
  const malformed = problemWith(body);
  if (malformed) return { kind: "refused", refusal: { status: 400, message: malformed } };
  const request = body as MessagesRequest & Record<string, unknown>;
  return { kind: "read", request, beta: exchange.headers["anthropic-beta"] ?? "" };
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
