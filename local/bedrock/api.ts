/**
 * Claude on Amazon Bedrock at its Mantle endpoint: checks the API key, the region, the path, the
 * model and what the request asks for. Errors come in Anthropic's envelope; a fault can ask for the
 * envelope of AWS. Sources, and what is not known about the real one: docs/fidelity.md.
 */
import {
  errorOf,
  problemWithPrompt,
  problemWithRequest,
  sendAnswer,
  sendError,
  sendTokenCount,
} from "../claude/messages-api.ts";
import { SERVED_MODELS, servedByBedrock } from "../claude/models.ts";
import type { MessagesRequest } from "../claude/request.ts";
import type { ProviderFault } from "../faults/faults.ts";
import { isConnectionFault, sendConnectionFault } from "../http/broken-answer.ts";
import {
  type ErrorAnswer,
  type ErrorFault,
  isErrorFault,
  retryAfterOf,
  sendErrorFault,
  statusOf,
  textOf,
} from "../http/broken-error.ts";
import type { CloudContext } from "../http/context.ts";
import { bearerToken, type Exchange, jsonBody, sendJson } from "../http/exchange.ts";
import { randomText } from "../state/ids.ts";
import { bedrockRegion } from "./hosts.ts";
import { refusedByBedrock } from "./rules.ts";

const MESSAGES = "/anthropic/v1/messages";
const COUNT_TOKENS = `${MESSAGES}/count_tokens`;
/** The list of models has the form of OpenAI's API. Source: NousResearch/hermes-agent#87190. */
const MODELS = "/v1/models";
const MAX_BODY_BYTES = 20 * 1024 * 1024;

export function bedrockApi(exchange: Exchange, { state, faults, today }: CloudContext): void {
  const { method, path, headers, host, body } = exchange;
  const requestId = newRequestId();
  const refuse = (status: number, text?: string) => sendError(exchange, status, requestId, text);
  const fault = faults.take("bedrock", bedrockRegion(host));
  if (isConnectionFault(fault)) return sendConnectionFault(exchange, fault);
  const key = state.bedrockApiKeys.get(headers["x-api-key"] ?? bearerToken(exchange) ?? "");
  if (!key) return refuse(401, "Invalid bearer token");
  if (!key.mayInfer) return refuse(403, "The key's user is not authorized to perform: bedrock-mantle:CreateInference");
  if (method === "GET" && path === MODELS) return listModels(exchange, today);
  if (isErrorFault(fault)) return sendErrorFault(exchange, fault, bedrockErrorOf(fault, requestId));
  if (method !== "POST" || (path !== MESSAGES && path !== COUNT_TOKENS)) return refuse(404);
  if (body.length > MAX_BODY_BYTES) return refuse(413);

  const request = jsonBody(exchange) as MessagesRequest & Record<string, unknown>;
  const malformed = path === MESSAGES ? problemWithRequest(request) : problemWithPrompt(request);
  if (malformed) return refuse(400, malformed);
  const model = servedByBedrock(String(request.model), today);
  if (!model) return refuse(404, `The model '${request.model}' does not exist`);
  const refused = refusedByBedrock(request, headers["anthropic-version"], headers["anthropic-beta"] ?? "");
  if (refused) return refuse(400, refused);
  if (path === COUNT_TOKENS) return sendTokenCount(exchange, request, requestId, fault);
  sendAnswer(exchange, request, { idMark: "bdrk_", requestId, model: model.anthropicId, headers: {} }, fault);
}

function listModels(exchange: Exchange, today: string): void {
  const ids = SERVED_MODELS.flatMap(({ bedrockId = "" }) => (servedByBedrock(bedrockId, today) ? bedrockId : []));
  sendJson(exchange, 200, { object: "list", data: ids.map((id) => ({ id, object: "model" })) });
}

/** The error for a fault. */
export function bedrockErrorOf(fault: ErrorFault, requestId = newRequestId()): ErrorAnswer {
  return isAwsForm(fault) ? awsErrorOf(fault) : errorOf(fault, requestId);
}

function isAwsForm(fault: ProviderFault): boolean {
  return fault.mode === "status" && fault.shape === "aws";
}

/** Source: docs.aws.amazon.com/bedrock, "Troubleshooting Amazon Bedrock API error codes". */
const AWS_TYPES: Readonly<Record<number, string>> = {
  400: "ValidationException",
  403: "AccessDeniedException",
  404: "ResourceNotFoundException",
  408: "ModelTimeoutException",
  429: "ThrottlingException",
  500: "InternalServerException",
  503: "ServiceUnavailableException",
};

function awsErrorOf(fault: ErrorFault): ErrorAnswer {
  const status = statusOf(fault);
  const retryAfterS = retryAfterOf(fault);
  return {
    status,
    body: { message: textOf(fault) ?? `Status ${status}` },
    headers: {
      "x-amzn-errortype": AWS_TYPES[status] ?? "InternalServerException",
      "x-amzn-requestid": randomText(20),
      ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }),
    },
  };
}

function newRequestId(): string {
  return `req_bdrk_011C${randomText(20)}`;
}
