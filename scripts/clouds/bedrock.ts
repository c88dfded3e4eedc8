/**
 * Amazon Bedrock's Mantle endpoint as the commands use it, with the stack's own API key. The list
 * of models has the form of OpenAI's API, and costs nothing. Source: docs.aws.amazon.com/bedrock,
 * "bedrock-mantle"; NousResearch/hermes-agent#87190 shows the call with an API key.
 */
import { z } from "zod";
import { type Answer, ApiClient, type ApiOptions } from "./api-client.ts";

const MODELS = z.object({ data: z.array(z.object({ id: z.string() })) });
/** In Anthropic's, OpenAI's or AWS's form. */
const ERROR = z.object({ message: z.string().optional(), error: z.object({ message: z.string() }).optional() });

export interface BedrockOptions extends Pick<ApiOptions, "signal"> {
  urlOf(host: string): string;
}

export class BedrockApi {
  readonly #options: BedrockOptions;

  constructor(options: BedrockOptions) {
    this.#options = options;
  }

  /** Ids of the models of the region. */
  async models(region: string, apiKey: string): Promise<Answer<string[]>> {
    const { urlOf, signal } = this.#options;
    const client = new ApiClient({
      service: "Bedrock",
      baseUrl: urlOf(`bedrock-mantle.${region}.api.aws`),
      signal,
      headers: async () => ({ authorization: `Bearer ${apiKey}` }),
      explain: (body) => {
        const { error, message = error?.message } = ERROR.safeParse(body).data ?? {};
        return message === undefined ? undefined : { message };
      },
    });
    const answer = await client.get("v1/models", MODELS);
    return answer.kind === "ok" ? { ...answer, value: answer.value.data.map(({ id }) => id) } : answer;
  }
}
