/**
 * Vertex's step: the model moves into the path (from the table, never from the caller), the API version into the body, and
 * what Vertex refuses stays out. All other members are the caller's bytes. Source: @anthropic-ai/vertex-sdk 1.1.3.
 */
import { DEFAULT_VERSION } from "./anthropic.ts";
import type { Model } from "./models.ts";
import type { RequestBody } from "./request-body.ts";
import { type Slices, type Step, utf8 } from "./step.ts";
import type { VertexAdaptation } from "./vertex-capabilities.ts";

/** The body's `anthropic_version` by the caller's header; a version not named here is sent as it is, as the SDK does. */
const VERSIONS: Readonly<Record<string, string>> = { "2023-06-01": "vertex-2023-10-16" };

export interface VertexCall {
  body: RequestBody;
  /** The caller's `anthropic-version`. */
  version: string | null;
  model: Model;
  adaptation: VertexAdaptation;
  project: string;
  accessToken: string;
}

export function vertexStep(location: string, call: VertexCall): Step {
  const { body, model, adaptation } = call;
  const version = call.version ?? DEFAULT_VERSION;
  const verb = body.stream ? "streamRawPredict" : "rawPredict";
  return {
    target: { kind: "vertex", location },
    provider: "google-vertex-ai",
    endpoint: `v1/projects/${call.project}/locations/${location}/publishers/anthropic/models/${model.vertexId}:${verb}`,
    headers: {
      authorization: `Bearer ${call.accessToken}`,
      "content-type": "application/json",
      "accept-encoding": "identity",
      ...(adaptation.betas.length > 0 ? { "anthropic-beta": adaptation.betas.join(",") } : {}),
    },
    body: splice(body, adaptation.omittedMembers, VERSIONS[version] ?? version),
  };
}

/** A caller's own `anthropic_version` in the body wins, as in the SDK. */
function splice(body: RequestBody, omitted: ReadonlySet<string>, version: string): Slices {
  const slices = [utf8("{")];
  const add = (slice: Uint8Array) => slices.push(...(slices.length > 1 ? [utf8(",")] : []), slice);
  if (!body.members.has("anthropic_version")) add(utf8(`"anthropic_version":${JSON.stringify(version)}`));
  for (const [name, member] of body.members) {
    if (name !== "model" && !omitted.has(name)) add(body.bytes.subarray(member.start, member.end));
  }
  slices.push(utf8("}"));
  return slices;
}
