/**
 * The errors that Google's front end returns before a model sees the request. The real texts name
 * the project, so these do too. Sources: cline#651, aider#1912, genkit#4688; Google's organization
 * policy constraints.
 */

import { type GoogleError, type GoogleStatus, googleErrorAnswer } from "../google-auth/errors.ts";
import { type ErrorAnswer, type ErrorFault, retryAfterOf, statusOf, textOf } from "../http/broken-error.ts";

/** The parts of the path that the texts name. */
export interface VertexResource {
  project: string;
  location: string;
  model: string;
  /** Undefined when the path names no known method. */
  verb: string | undefined;
}

const ERRORS: Readonly<Record<number, { status: GoogleStatus; message: (resource: VertexResource) => string }>> = {
  400: {
    status: "FAILED_PRECONDITION",
    message: ({ project, model }) =>
      "Organization Policy constraint constraints/vertexai.allowedPartnerModelFeatures violated " +
      `for \`projects/${project}\` attempting to use a disallowed feature ` +
      `structured_outputs for Partner model ${model}.`,
  },
  401: { status: "UNAUTHENTICATED", message: () => "Request had invalid authentication credentials." },
  403: {
    status: "PERMISSION_DENIED",
    message: ({ project }) => `Permission 'aiplatform.endpoints.predict' denied on resource in project ${project}.`,
  },
  404: {
    status: "NOT_FOUND",
    message: ({ project, location, model }) =>
      `Publisher Model \`projects/${project}/locations/${location}/publishers/anthropic/models/${model}\` ` +
      "was not found or your project does not have access to it.",
  },
  429: {
    status: "RESOURCE_EXHAUSTED",
    message: ({ project, model }) =>
      "Quota exceeded for aiplatform.googleapis.com/online_prediction_input_tokens_per_minute_per_base_model " +
      `with base model: anthropic-${model} in project ${project}.`,
  },
  500: { status: "INTERNAL", message: () => "Internal error encountered." },
  503: { status: "UNAVAILABLE", message: () => "The service is currently unavailable." },
  504: { status: "DEADLINE_EXCEEDED", message: () => "Deadline exceeded." },
};

/** Statuses that usually come from the front end, not from the model layer. */
const FRONT_END_STATUSES: ReadonlySet<number> = new Set([401, 403, 404, 429, 503]);

/** @param text default: the usual text for the status */
export function frontEndAnswer(resource: VertexResource, code: number, text?: string, headers = {}): ErrorAnswer {
  const known = ERRORS[code] ?? { status: "UNKNOWN", message: () => `Status ${code}` };
  const error: GoogleError = { code, status: known.status, message: text ?? known.message(resource) };
  return googleErrorAnswer(error, { asArray: resource.verb === "streamRawPredict", headers });
}

/** The front end's error for a fault; undefined when the model layer returns the error. */
export function frontEndErrorOf(fault: ErrorFault, resource: VertexResource): ErrorAnswer | undefined {
  const shape = fault.mode === "status" ? fault.shape : undefined;
  const status = statusOf(fault);
  const isFromFrontEnd = shape ? shape === "google" : FRONT_END_STATUSES.has(status);
  if (!isFromFrontEnd || fault.mode === "oversized_error") return undefined;
  const retryAfterS = retryAfterOf(fault);
  const headers = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
  // An account's limit has other words at Google than at Anthropic.
  const text = fault.mode === "account_limit" ? undefined : textOf(fault);
  return frontEndAnswer(resource, status, text, headers);
}
