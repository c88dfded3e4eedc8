/**
 * Claude on Vertex AI (Google managed): Google's front end decides on identity, API, permission, model and location and
 * answers in Google's error shape; behind it the model layer answers in Anthropic's. Sources: docs/fidelity.md.
 */
import type { MessagesRequest } from "./claude.ts";
import type { CloudContext } from "./cloud.ts";
import { type Exchange, jsonBody, sendJson } from "./exchange.ts";
import { randomText } from "./ids.ts";
import { failBeforeAnswer, problemWith, sendAnswer, sendError } from "./messages-api.ts";
import { servedByVertex } from "./models.ts";
import type { GoogleProject } from "./state.ts";

const PATH =
  /^\/v1(?:beta1)?\/projects\/([^/]+)\/locations\/([^/]+)\/publishers\/anthropic\/models\/([^/:]+):(rawPredict|streamRawPredict)$/;
const VERSIONS = new Set(["vertex-2023-10-16", "2026-10-21"]);
/** Roles that hold aiplatform.endpoints.predict. */
const PREDICT_ROLES = ["roles/aiplatform.user", "roles/owner"];
/** Statuses that the front end answers itself, in Google's shape, when they are set as a fault. */
const FRONT_END: Readonly<Record<number, { status: string; message: (project: string) => string }>> = {
  401: { status: "UNAUTHENTICATED", message: () => "Request had invalid authentication credentials." },
  403: { status: "PERMISSION_DENIED", message: (project) => `Permission denied on resource project ${project}.` },
  404: {
    status: "NOT_FOUND",
    message: (project) =>
      `Publisher Model \`projects/${project}/…\` was not found or your project does not have access to it.`,
  },
  429: {
    status: "RESOURCE_EXHAUSTED",
    message: (project) =>
      `Quota exceeded for aiplatform.googleapis.com/online_prediction_input_tokens_per_minute_per_base_model in ${project}.`,
  },
  503: { status: "UNAVAILABLE", message: () => "The service is currently unavailable." },
};

/** @returns the location that a host serves; undefined for a host that is not Vertex's. */
export function vertexLocation(host: string): string | undefined {
  if (host === "aiplatform.googleapis.com") return "global";
  return /^(?:([a-z0-9-]+)-aiplatform\.googleapis\.com|aiplatform\.(us|eu)\.rep\.googleapis\.com)$/
    .exec(host)
    ?.slice(1)
    .find(Boolean);
}

export function vertexApi(exchange: Exchange, context: CloudContext): void {
  const { state, faults, today } = context;
  const requestId = `req_vrtx_011C${randomText(20)}`;
  const [, projectId = "", location = "", vertexId = "", verb] = PATH.exec(exchange.path) ?? [];
  const frontEnd = (code: number, message = FRONT_END[code]?.message(projectId)) => {
    const error = { error: { code, message, status: FRONT_END[code]?.status ?? "UNKNOWN" } };
    sendJson(exchange, code, verb === "streamRawPredict" ? [error] : error);
  };
  if (exchange.method !== "POST" || !verb || location !== vertexLocation(exchange.host)) return frontEnd(404);

  const fault = faults.of(`vertex/${location}`);
  if (failBeforeAnswer(exchange, fault)) return;
  const member = memberOf(exchange, context);
  if (!member) return frontEnd(401);
  const project = state.projects.get(projectId);
  if (!project || !mayPredict(project, member)) {
    return frontEnd(403, `Permission 'aiplatform.endpoints.predict' denied on resource in project ${projectId}.`);
  }
  if (!project.enabledServices.has("aiplatform.googleapis.com")) {
    return frontEnd(403, `Vertex AI API has not been used in project ${project.number} before or it is disabled.`);
  }
  if (fault?.mode === "status" && FRONT_END[fault.status]) return frontEnd(fault.status, fault.message);
  const model = servedByVertex(vertexId, location, today);
  if (!model) return frontEnd(404);
  if (fault?.mode === "status") return sendError(exchange, fault.status, requestId, fault.message, fault.retryAfterS);

  const request = jsonBody(exchange) as (MessagesRequest & { anthropic_version?: string }) | undefined;
  const problem = problemWith(request) ?? problemWithEnvelope(request);
  if (problem || !request) return sendError(exchange, 400, requestId, problem);
  const served = { messageIdPrefix: "msg_vrtx_", requestId, model: vertexId.replace("@", "-"), headers: {} };
  sendAnswer(exchange, request, served, fault);
}

function problemWithEnvelope(request: { model?: unknown; anthropic_version?: string } | undefined): string | undefined {
  if (request?.model !== undefined) return "model: Extra inputs are not permitted";
  if (request?.anthropic_version === undefined) return "anthropic_version: Field required";
  if (!VERSIONS.has(request.anthropic_version)) return "anthropic_version: Input should be 'vertex-2023-10-16'";
  return undefined;
}

/** The identity behind the bearer token, such as `serviceAccount:…`; undefined where Google issued no such token. */
function memberOf({ headers }: Exchange, { state }: CloudContext): string | undefined {
  const token = state.accessTokens.get(/^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "");
  if (!token || token.expiresAtMs < Date.now()) return undefined;
  const email = /^serviceAccount:(.+)$/.exec(token.member)?.[1];
  if (!email) return token.member;
  return [...state.projects.values()].some((project) => project.serviceAccounts.has(email)) ? token.member : undefined;
}

function mayPredict(project: GoogleProject, member: string): boolean {
  return PREDICT_ROLES.some((role) => project.policy.get(role)?.has(member));
}
