/**
 * Makes Vertex's step. The model moves into the path, with the id from the table, never the
 * caller's text. The API version moves into the body. Members that Vertex refuses are left out, and
 * all other members are the caller's bytes. Source: @anthropic-ai/vertex-sdk 1.1.3.
 */
import type { Endpoint } from "../endpoints.ts";
import type { Model } from "../models.ts";
import type { RequestBody } from "../request/body.ts";
import type { Slices } from "../request/uploads.ts";
import type { Form } from "./fit.ts";
import { splice } from "./splice.ts";
import type { Step } from "./step.ts";
import { vertexHost } from "./vertex-host.ts";

export interface VertexCall {
  endpoint: Endpoint;
  body: RequestBody;
  model: Model;
  form: Form;
  project: string;
  accessToken: string;
  /** The value of `X-Vertex-Ai-Session-Id`; undefined if the caller named no session. */
  session?: string | undefined;
}

export function vertexStep(location: string, call: VertexCall): Step {
  const { endpoint, body, model, form } = call;
  const path = endpoint.vertexPath(model, body.stream);
  return {
    provider: "google-vertex-ai",
    host: vertexHost(location),
    endpoint: `v1/projects/${call.project}/locations/${location}/publishers/anthropic/models/${path}`,
    headers: {
      authorization: `Bearer ${call.accessToken}`,
      "content-type": "application/json",
      "accept-encoding": "identity",
      ...(form.betas.length > 0 ? { "anthropic-beta": form.betas.join(",") } : {}),
      ...(call.session === undefined ? {} : { "x-vertex-ai-session-id": call.session }),
    },
    body: bodyOf(call),
  };
}

/** An `anthropic_version` of the caller is kept, as in the SDK. */
function bodyOf({ endpoint, body, model, form }: VertexCall): Slices {
  return splice(body, {
    omittedMembers: form.omittedMembers,
    model: endpoint.keepsModel ? model.vertexId : undefined,
    added: body.members.has("anthropic_version") ? undefined : `"anthropic_version":${JSON.stringify(form.version)}`,
  });
}
