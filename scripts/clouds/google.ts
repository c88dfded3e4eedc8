/** Google's APIs as the commands use them: a client for each host, AIP-193 errors, AIP-158 pages. */
import { z } from "zod";
import { type Answer, ApiClient, type ApiOptions, type Query } from "./api-client.ts";

/** `google.rpc.Status` under `error`; some methods answer with an array of it. */
const ERROR = z.object({ error: z.object({ message: z.string(), status: z.string().optional() }) });
const ERRORS = z.union([ERROR, z.tuple([ERROR]).transform(([first]) => first)]);
const MAX_PAGES = 100;

export interface GoogleOptions extends Pick<ApiOptions, "headers" | "signal"> {
  /** The base URL of a host such as `iam.googleapis.com`. */
  urlOf(host: string): string;
}

export class GoogleApi {
  readonly #options: GoogleOptions;

  constructor(options: GoogleOptions) {
    this.#options = options;
  }

  /** The same APIs with credentials at hand and another signal, such as for clearing up after Ctrl-C. */
  withCredentials(headers: Readonly<Record<string, string>>, signal: AbortSignal): GoogleApi {
    return new GoogleApi({ ...this.#options, headers: async () => headers, signal });
  }

  /** @param path from the version on: `v1/projects/p` */
  get<Value>(host: string, path: string, shape: z.ZodType<Value>, query: Query = {}): Promise<Answer<Value>> {
    return this.#client(host).get(path, shape, query);
  }

  /** A POST that only reads, such as `:testIamPermissions`. */
  query<Value>(host: string, path: string, body: object, shape: z.ZodType<Value>): Promise<Answer<Value>> {
    return this.#client(host).query(path, body, shape);
  }

  /** A request that changes something or costs money. */
  send<Value>(
    method: "post" | "patch" | "delete",
    host: string,
    path: string,
    shape: z.ZodType<Value>,
    body?: object,
  ): Promise<Answer<Value>> {
    return this.#client(host).send(method, path, shape, body ? { body } : {});
  }

  /** All pages of a list. @param name the member with the items */
  async list<Item>(
    host: string,
    path: string,
    name: string,
    item: z.ZodType<Item>,
    query: Query = {},
  ): Promise<Answer<Item[]>> {
    const shape = z.object({ [name]: z.array(item).default([]), nextPageToken: z.string().optional() });
    const items: Item[] = [];
    let pageToken: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const answer = await this.get(host, path, shape, { ...query, ...(pageToken ? { pageToken } : {}) });
      if (answer.kind !== "ok") return answer;
      items.push(...((answer.value as Readonly<Record<string, unknown>>)[name] as Item[])); // what the shape says
      pageToken = answer.value.nextPageToken as string | undefined;
      if (!pageToken) return { ...answer, value: items };
    }
    // A part of a list would look like the whole list.
    return { kind: "unreachable", why: `the list of ${name} at ${host} has more than ${MAX_PAGES} pages` };
  }

  #client(host: string): ApiClient {
    const { urlOf, headers, signal } = this.#options;
    return new ApiClient({ service: host, baseUrl: urlOf(host), headers, signal, explain });
  }
}

function explain(body: unknown) {
  const found = ERRORS.safeParse(body).data?.error;
  return found && { message: found.message, ...(found.status ? { code: found.status } : {}) };
}
