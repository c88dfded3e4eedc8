/**
 * Google's front end before Claude on Vertex: the errors that it answers itself, before any model sees the request. Their
 * texts name the project, as the real ones do. Sources: cline#651, aider#1912, genkit#4688; Google's organisation policies.
 */
import type { GoogleError, GoogleStatus } from "./google-errors.ts";

/** What the texts are about. */
export interface VertexResource {
  project: string;
  location: string;
  model: string;
}

const ERRORS: Readonly<Record<number, { status: GoogleStatus; message: (resource: VertexResource) => string }>> = {
  400: {
    status: "FAILED_PRECONDITION",
    message: ({ project, model }) =>
      `Organization Policy constraint constraints/vertexai.allowedPartnerModelFeatures violated for \`projects/${project}\` attempting to use a disallowed feature structured_outputs for Partner model ${model}.`,
  },
  401: { status: "UNAUTHENTICATED", message: () => "Request had invalid authentication credentials." },
  403: {
    status: "PERMISSION_DENIED",
    message: ({ project }) => `Permission 'aiplatform.endpoints.predict' denied on resource in project ${project}.`,
  },
  404: {
    status: "NOT_FOUND",
    message: ({ project, location, model }) =>
      `Publisher Model \`projects/${project}/locations/${location}/publishers/anthropic/models/${model}\` was not found or your project does not have access to it.`,
  },
  429: {
    status: "RESOURCE_EXHAUSTED",
    message: ({ project, model }) =>
      `Quota exceeded for aiplatform.googleapis.com/online_prediction_input_tokens_per_minute_per_base_model with base model: anthropic-${model} in project ${project}.`,
  },
  500: { status: "INTERNAL", message: () => "Internal error encountered." },
  503: { status: "UNAVAILABLE", message: () => "The service is currently unavailable." },
  504: { status: "DEADLINE_EXCEEDED", message: () => "Deadline exceeded." },
};

/** Statuses that, of the two layers, it is usually the front end that answers. */
export const FRONT_END_STATUSES: ReadonlySet<number> = new Set([401, 403, 404, 429, 503]);

export function frontEndError(code: number, resource: VertexResource, message?: string): GoogleError {
  const known = ERRORS[code] ?? { status: "UNKNOWN", message: () => `Status ${code}` };
  return { code, status: known.status, message: message ?? known.message(resource) };
}
