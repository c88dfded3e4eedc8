/**
 * The log of the stack's AI gateway: one entry for each call to a provider. The Worker gives every
 * call its client and its request id, so all calls of one request can be found.
 * Source: `LogListParams` and `LogListResponse` of cloudflare-typescript.
 */
import { z } from "zod";
import { type Answer, requireValue } from "./api-client.ts";
import type { CloudflareApi } from "./cloudflare.ts";

export interface GatewayEntry {
  id: string;
  /** Milliseconds since the epoch, by Cloudflare's clock. */
  createdMs: number;
  /** `anthropic` or `google-vertex-ai`. */
  provider: string;
  /** As the provider names it. */
  model: string;
  path: string;
  durationMs: number;
  isSuccess: boolean;
  /** Undefined: there was no answer. */
  status: number | undefined;
  /** Its number in a request to the Universal Endpoint, from 0. */
  step: number | undefined;
  tokensIn: number;
  tokensOut: number;
  /** In US dollars, by Cloudflare's prices. */
  costUsd: number;
  /** From the Worker's metadata: who asked. */
  client: string | undefined;
  /** From the Worker's metadata: `request_id` of its log line. */
  request: string | undefined;
}

export interface GatewayQuery {
  fromMs: number;
  toMs: number;
  /** Entries with this value in one of their metadata, such as a request id or a client's name. */
  metadataValue?: string;
  isSuccess?: boolean;
}

/** The API gives at most this many entries a page. */
const PER_PAGE = 50;
/** `CloudflareApi.list` stops after 100 pages. */
const MAX_ENTRIES = 100 * PER_PAGE;

const TEXT = z.string().nullish();
const METADATA = z.object({ client: TEXT, request: TEXT }).catch({ client: undefined, request: undefined });
const ENTRY = z
  .object({
    id: z.string(),
    created_at: z.string(),
    provider: z.string(),
    model: z.string().nullish(),
    path: z.string().nullish(),
    duration: z.number().nullish(),
    success: z.boolean(),
    status_code: z.number().nullish(),
    step: z.number().nullish(),
    tokens_in: z.number().nullish(),
    tokens_out: z.number().nullish(),
    cost: z.number().nullish(),
    metadata: z.unknown().optional(),
  })
  .transform((entry): GatewayEntry => {
    const { client, request } = metadataOf(entry.metadata);
    return {
      id: entry.id,
      createdMs: Date.parse(entry.created_at),
      provider: entry.provider,
      model: entry.model ?? "",
      path: entry.path ?? "",
      durationMs: entry.duration ?? 0,
      isSuccess: entry.success,
      status: entry.status_code || undefined,
      step: entry.step ?? undefined,
      tokensIn: entry.tokens_in ?? 0,
      tokensOut: entry.tokens_out ?? 0,
      costUsd: entry.cost ?? 0,
      client: client ?? undefined,
      request: request ?? undefined,
    };
  });

export class GatewayLog {
  readonly #cloudflare: CloudflareApi;
  readonly #path: string;
  readonly #maxEntries: number;

  /** @param maxEntries a span of time with so many entries is read in two halves */
  constructor(
    cloudflare: CloudflareApi,
    { account, gateway }: { account: string; gateway: string },
    maxEntries = MAX_ENTRIES,
  ) {
    this.#cloudflare = cloudflare;
    this.#maxEntries = maxEntries;
    this.#path = `accounts/${account}/ai-gateway/gateways/${gateway}/logs`;
  }

  /** All entries of a span of time, oldest first. */
  async entries(query: GatewayQuery): Promise<Answer<GatewayEntry[]>> {
    const answer = await this.#cloudflare.list(this.#path, ENTRY, parametersOf(query), PER_PAGE);
    if (answer.kind !== "ok" || answer.value.length < this.#maxEntries) return answer;
    const middleMs = Math.floor((query.fromMs + query.toMs) / 2);
    if (middleMs <= query.fromMs) return answer;
    const first = await this.entries({ ...query, toMs: middleMs });
    if (first.kind !== "ok") return first;
    const second = await this.entries({ ...query, fromMs: middleMs + 1 });
    return second.kind === "ok" ? { ...second, value: [...first.value, ...second.value] } : second;
  }

  /**
   * One page, for a look at a part of a long log.
   * @param page from 1
   */
  async page(query: GatewayQuery, page: number): Promise<Answer<{ entries: GatewayEntry[]; total: number }>> {
    const answer = await this.#cloudflare.page(this.#path, ENTRY, { ...parametersOf(query), page, per_page: PER_PAGE });
    if (answer.kind !== "ok") return answer;
    const { items, total } = answer.value;
    return { ...answer, value: { entries: items, total: total ?? items.length } };
  }

  /** Fails with one line if the log cannot be read. @throws {Failure} */
  async requireReadable(): Promise<void> {
    const nowMs = Date.now();
    requireValue(await this.page({ fromMs: nowMs - 1_000, toMs: nowMs }, 1), "the gateway's log");
  }
}

/** How many entries a page has. */
export const ENTRIES_PER_PAGE = PER_PAGE;

/** The Worker's name of the target that a call went to, such as `vertex/us-east5`. */
export function targetOf({ provider, path }: GatewayEntry): string {
  const location = /\/locations\/([^/]+)\//.exec(path)?.[1];
  return location === undefined ? provider : `vertex/${location}`;
}

/** The API's bounds are exclusive. */
function parametersOf({ fromMs, toMs, metadataValue, isSuccess }: GatewayQuery) {
  const filters = [
    { key: "created_at", operator: "gt", value: [new Date(fromMs - 1).toISOString()] },
    { key: "created_at", operator: "lt", value: [new Date(toMs + 1).toISOString()] },
    ...(metadataValue === undefined ? [] : [{ key: "metadata.value", operator: "eq", value: [metadataValue] }]),
    ...(isSuccess === undefined ? [] : [{ key: "success", operator: "eq", value: [isSuccess] }]),
  ];
  return { order_by: "created_at", order_by_direction: "asc", filters: JSON.stringify(filters) };
}

/** The API has the metadata as JSON text. */
function metadataOf(metadata: unknown): z.infer<typeof METADATA> {
  try {
    return METADATA.parse(typeof metadata === "string" ? JSON.parse(metadata) : metadata);
  } catch {
    return METADATA.parse({});
  }
}
