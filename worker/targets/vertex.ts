/**
 * Makes Vertex's step. The model moves into the path, with the id from the table, never the
 * caller's text. The API version moves into the body. Members that Vertex refuses are left out, and
 * all other members are the caller's bytes. Source: @anthropic-ai/vertex-sdk 1.1.3.
 */
import { utf8 } from "../bytes.ts";
import type { Endpoint } from "../endpoints.ts";
import type { Model } from "../models.ts";
import type { RequestBody } from "../request/body.ts";
import type { Cut } from "../request/cutter.ts";
import type { Member } from "../request/json-scanner.ts";
import type { Slices } from "../request/uploads.ts";
import type { Step } from "./step.ts";
import type { VertexForm } from "./vertex-fit.ts";
import { vertexHost } from "./vertex-host.ts";

export interface VertexCall {
  endpoint: Endpoint;
  body: RequestBody;
  model: Model;
  form: VertexForm;
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
    body: splice(call),
  };
}

/** Makes the body. An `anthropic_version` of the caller is kept, as in the SDK. */
function splice({ endpoint, body, model, form }: VertexCall): Slices {
  const slices = [utf8("{")];
  const add = (...added: readonly Uint8Array[]) => slices.push(...(slices.length > 1 ? [utf8(",")] : []), ...added);
  if (!body.members.has("anthropic_version")) add(utf8(`"anthropic_version":${JSON.stringify(form.version)}`));
  for (const [name, member] of body.members) {
    if (name === "model") {
      if (endpoint.keepsModel) add(utf8(`"model":${JSON.stringify(model.vertexId)}`));
    } else if (!form.omittedMembers.has(name)) {
      add(...withoutCuts(body.bytes, member, body.cuts));
    }
  }
  slices.push(utf8("}"));
  return slices;
}

function withoutCuts(bytes: Uint8Array, { start, end }: Member, cuts: readonly Cut[]): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let from = start;
  for (const cut of cuts) {
    if (cut.start < start || cut.end > end) continue;
    slices.push(bytes.subarray(from, cut.start));
    from = cut.end;
  }
  slices.push(bytes.subarray(from, end));
  return slices;
}
