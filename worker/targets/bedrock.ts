/**
 * Makes the step of Claude on Amazon Bedrock, at its Mantle endpoint: a native Messages body with
 * Bedrock's id of the model, and Bedrock's API key as a bearer token, which the gateway turns into
 * the header that Bedrock expects. Sources: developers.cloudflare.com/ai-gateway/usage/providers/bedrock,
 * @anthropic-ai/bedrock-sdk 1.1.3 (`AnthropicBedrockMantle`).
 */
import type { Endpoint } from "../endpoints.ts";
import type { Model } from "../models.ts";
import type { RequestBody } from "../request/body.ts";
import type { Form } from "./fit.ts";
import { splice } from "./splice.ts";
import type { Step } from "./step.ts";

export interface BedrockCall {
  endpoint: Endpoint;
  body: RequestBody;
  model: Model;
  form: Form;
  apiKey: string;
}

export function bedrockStep(region: string, { endpoint, body, model, form, apiKey }: BedrockCall): Step {
  return {
    provider: "aws-bedrock",
    host: `bedrock-mantle.${region}.api.aws`,
    endpoint: `anthropic/${endpoint.anthropicPath}`,
    gatewayPrefix: `bedrock-mantle/${region}/`,
    headers: {
      authorization: `Bearer ${apiKey}`,
      "anthropic-version": form.version,
      "content-type": "application/json",
      "accept-encoding": "identity",
      ...(form.betas.length > 0 ? { "anthropic-beta": form.betas.join(",") } : {}),
    },
    body: splice(body, { omittedMembers: form.omittedMembers, model: model.bedrockId }),
  };
}
