/**
 * Decides whether a request has the same meaning on Bedrock. The tables cannot say two things:
 * structured outputs are a part of a member that is otherwise accepted, and an older model lacks
 * the newer version of the API.
 */
import { decodeText } from "../bytes.ts";
import type { Endpoint } from "../endpoints.ts";
import type { Model } from "../models.ts";
import { parseJson } from "../parse-json.ts";
import type { RequestBody } from "../request/body.ts";
import { BEDROCK } from "./bedrock-capabilities.ts";
import { type Fit, fitFor } from "./fit.ts";

/** More than any `output_config` without a schema. A longer one is not parsed. */
const MAX_OUTPUT_CONFIG_BYTES = 1024;
/** The only model on Bedrock Mantle that is older than Claude 4.7. */
const LACKS_NEWER_VERSION = "anthropic.claude-haiku-4-5";

export function fitForBedrock(
  { bedrockId }: Model,
  body: RequestBody,
  version: string,
  betas: readonly string[],
  endpoint: Endpoint,
): Fit {
  if (bedrockId === undefined) return { ok: false, reason: "model_not_on_bedrock" };
  if (bedrockId === LACKS_NEWER_VERSION && version !== "2023-06-01") return { ok: false, reason: "version" };
  if (mayWantSchema(body)) return { ok: false, reason: "member:output_config" };
  return fitFor(BEDROCK, body, version, betas, endpoint);
}

/** Bedrock refuses `output_config.format`, which asks for an answer by a schema. */
function mayWantSchema({ bytes, members }: RequestBody): boolean {
  const member = members.get("output_config");
  if (!member) return false;
  if (member.end - member.valueStart > MAX_OUTPUT_CONFIG_BYTES) return true;
  const value = parseJson(decodeText([bytes.subarray(member.valueStart, member.end)]));
  return typeof value === "object" && value !== null && "format" in value;
}
