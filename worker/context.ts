/** What every handler of an authenticated request is given, and what it gives back. */

import type { AnthropicHeaders } from "./anthropic-headers.ts";
import type { Caller } from "./caller.ts";
import type { Client } from "./client-line.ts";
import type { KeepAlive } from "./google/token-cache.ts";
import type { Isolate } from "./isolate.ts";
import type { RequestRecord } from "./log.ts";
import type { BodyEnd } from "./response/relay.ts";
import type { SecretsInUse } from "./secrets-in-use.ts";

export interface RequestContext {
  request: Request;
  /** The request's, with Anthropic's own path. */
  url: URL;
  anthropicHeaders: AnthropicHeaders;
  isolate: Isolate;
  secrets: SecretsInUse;
  client: Client;
  caller: Caller;
  keepAlive: KeepAlive;
  /** When the request came, in milliseconds since the epoch. */
  startedMs: number;
  /** What the log will say of the request; handlers fill it in. */
  record: RequestRecord;
}

export interface Reply {
  response: Response;
  /**
   * How the body ended, and everything that the request holds given back. Absent: there is nothing
   * to wait for.
   */
  ended?: Promise<BodyEnd>;
}
