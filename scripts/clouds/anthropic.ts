/** Anthropic's API as the commands use it, with the stack's own key. */
import { z } from "zod";
import { type Answer, ApiClient, type ApiOptions } from "./api-client.ts";

const VERSION = "2023-06-01";
const ERROR = z.object({
  error: z.object({
    type: z.string(),
    message: z.string(),
    /** A spend limit has a code of its own. Source: `core/error-classes.ts` of @anthropic-ai/sdk. */
    details: z.object({ error_code: z.string() }).nullish().catch(undefined),
  }),
});
const MESSAGE = z.object({ type: z.literal("message") });
const MODELS = z.object({ data: z.array(z.object({ id: z.string() })) });
const MAX_MODELS = 1_000;

export type AnthropicOptions = Pick<ApiOptions, "baseUrl" | "signal">;

export class AnthropicApi {
  readonly #options: AnthropicOptions;

  constructor(options: AnthropicOptions) {
    this.#options = options;
  }

  /** Ids of the models that the key may use. Costs nothing. */
  async models(apiKey: string): Promise<Answer<string[]>> {
    const answer = await this.#client(apiKey).get("v1/models", MODELS, { limit: MAX_MODELS });
    return answer.kind === "ok" ? { ...answer, value: answer.value.data.map(({ id }) => id) } : answer;
  }

  /** Asks a model for one token. */
  oneToken(apiKey: string, model: string): Promise<Answer<unknown>> {
    const body = { model, max_tokens: 1, messages: [{ role: "user", content: "Hi" }] };
    return this.#client(apiKey).send("post", "v1/messages", MESSAGE, { body });
  }

  #client(apiKey: string): ApiClient {
    return new ApiClient({
      ...this.#options,
      service: "Anthropic",
      headers: async () => ({ "x-api-key": apiKey, "anthropic-version": VERSION }),
      explain: (body) => {
        const error = ERROR.safeParse(body).data?.error;
        return error && { message: error.message, code: error.details?.error_code ?? error.type };
      },
    });
  }
}
