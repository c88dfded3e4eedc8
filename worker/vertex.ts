/**
 * Vertex's step: the model moves into the path (from the table, never from the caller), the API version into the body, and
 * what Vertex refuses stays out. All other members are the caller's bytes. Source: @anthropic-ai/vertex-sdk 1.1.3.
 */
import { DEFAULT_VERSION } from "./anthropic.ts";
import type { Method } from "./methods.ts";
import type { Model } from "./models.ts";
import type { RequestBody } from "./request-body.ts";
import { type Slices, type Step, utf8 } from "./step.ts";
import type { VertexAdaptation } from "./vertex-capabilities.ts";

/** The body's `anthropic_version` by the caller's header; a version not named here is sent as it is, as the SDK does. */
const VERSIONS: Readonly<Record<string, string>> = { "2023-06-01": "vertex-2023-10-16" };

export interface VertexCall {
  method: Method;
  body: RequestBody;
  /** The caller's `anthropic-version`. */
  version: string | null;
  model: Model;
  adaptation: VertexAdaptation;
  project: string;
  accessToken: string;
}

export function vertexStep(location: string, call: VertexCall): Step {
  const { method, body, model, adaptation } = call;
  const path = method.vertexPath(model, body.stream);
  return {
    target: { kind: "vertex", location },
    provider: "google-vertex-ai",
    host: vertexHost(location),
    endpoint: `v1/projects/${call.project}/locations/${location}/publishers/anthropic/models/${path}`,
    headers: {
      authorization: `Bearer ${call.accessToken}`,
      "content-type": "application/json",
      "accept-encoding": "identity",
      ...(adaptation.betas.length > 0 ? { "anthropic-beta": adaptation.betas.join(",") } : {}),
    },
    body: splice(call, call.version ?? DEFAULT_VERSION),
  };
}

/** Regions, the two multi-regions and `global` have hosts of three shapes. Source: @anthropic-ai/vertex-sdk, client.ts. */
function vertexHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}

/** A caller's own `anthropic_version` in the body wins, as in the SDK. */
function splice({ method, body, model, adaptation }: VertexCall, version: string): Slices {
  const slices = [utf8("{")];
  const add = (slice: Uint8Array) => slices.push(...(slices.length > 1 ? [utf8(",")] : []), slice);
  if (!body.members.has("anthropic_version")) {
    add(utf8(`"anthropic_version":${JSON.stringify(VERSIONS[version] ?? version)}`));
  }
  for (const [name, { start, end }] of body.members) {
    if (name === "model") {
      if (method.keepsModel) add(utf8(`"model":${JSON.stringify(model.vertexId)}`));
    } else if (!adaptation.omittedMembers.has(name)) {
      add(body.bytes.subarray(start, end));
    }
  }
  slices.push(utf8("}"));
  return slices;
}
