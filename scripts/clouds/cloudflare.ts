/** Cloudflare's API v4 as the commands use it: the envelope, its errors and its pages. */
import { z } from "zod";
import { type Answer, ApiClient, type ApiOptions, type Query } from "./api-client.ts";

export const DEFAULT_CLOUDFLARE_URL = "https://api.cloudflare.com/client/v4";

const ERRORS = z.object({ errors: z.array(z.object({ code: z.number(), message: z.string() })).min(1) });
const MAX_PAGES = 100;
const PER_PAGE = 50;

export type CloudflareOptions = Pick<ApiOptions, "baseUrl" | "headers" | "signal">;

export class CloudflareApi {
  readonly #options: CloudflareOptions;
  readonly #client: ApiClient;

  constructor(options: CloudflareOptions) {
    this.#options = options;
    this.#client = new ApiClient({ ...options, service: "Cloudflare", explain });
  }

  /** The same API with another token, such as one that is to be checked. */
  withToken(token: string): CloudflareApi {
    return new CloudflareApi({ ...this.#options, headers: async () => ({ authorization: `Bearer ${token}` }) });
  }

  /** The same API for calls that another signal ends, such as clearing up after Ctrl-C. */
  withSignal(signal: AbortSignal): CloudflareApi {
    return new CloudflareApi({ ...this.#options, signal });
  }

  /** @param path below `/client/v4`, each part encoded */
  async get<Result>(path: string, result: z.ZodType<Result>, query: Query = {}): Promise<Answer<Result>> {
    return unwrap(await this.#client.get(path, envelope(result), query));
  }

  /** A POST that only reads. */
  async query<Result>(path: string, body: object, result: z.ZodType<Result>): Promise<Answer<Result>> {
    return unwrap(await this.#client.query(path, body, envelope(result)));
  }

  /**
   * All pages of a list.
   * @param perPage the most that the API allows, where it is fewer than 50
   */
  async list<Item>(
    path: string,
    item: z.ZodType<Item>,
    query: Query = {},
    perPage = PER_PAGE,
  ): Promise<Answer<Item[]>> {
    const items: Item[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const shape = envelope(z.array(item));
      const answer = await this.#client.get(path, shape, { ...query, page, per_page: perPage });
      if (answer.kind !== "ok") return answer;
      const { result, result_info: info } = answer.value;
      items.push(...result);
      // Not every list says how many pages or items it has.
      const total = info?.total_count ?? Number.POSITIVE_INFINITY;
      const isLast = info?.total_pages === undefined ? items.length >= total : page >= info.total_pages;
      if (isLast || result.length < perPage) return { ...answer, value: items };
    }
    // A part of a list would look like the whole list.
    return { kind: "unreachable", why: `Cloudflare's list has more than ${MAX_PAGES} pages` };
  }

  /** One page of a list, and how many items all pages have together, where the API says it. */
  async page<Item>(
    path: string,
    item: z.ZodType<Item>,
    query: Query,
  ): Promise<Answer<{ items: Item[]; total: number | undefined }>> {
    const answer = await this.#client.get(path, envelope(z.array(item)), query);
    if (answer.kind !== "ok") return answer;
    const { result, result_info: info } = answer.value;
    return { ...answer, value: { items: result, total: info?.total_count } };
  }

  /** Some answers have no envelope: the content of a script. */
  raw(path: string): Promise<Answer<unknown>> {
    return this.#client.get(path, z.unknown());
  }

  async delete(path: string): Promise<Answer<unknown>> {
    return this.#client.send("delete", path, z.unknown());
  }

  /** A request that changes something. @param body JSON, or the parts of an upload */
  async send<Result>(
    method: "post" | "put",
    path: string,
    body: object,
    result: z.ZodType<Result>,
  ): Promise<Answer<Result>> {
    return unwrap(await this.#client.send(method, path, envelope(result), { body }));
  }
}

function envelope<Result>(result: z.ZodType<Result>) {
  return z.object({
    success: z.literal(true),
    result,
    result_info: z.object({ total_pages: z.number().optional(), total_count: z.number().optional() }).nullish(),
  });
}

function unwrap<Result>(answer: Answer<{ result: Result }>): Answer<Result> {
  return answer.kind === "ok" ? { ...answer, value: answer.value.result } : answer;
}

function explain(body: unknown) {
  const [first] = ERRORS.safeParse(body).data?.errors ?? [];
  return first && { message: first.message, code: String(first.code) };
}
