/** The input and the result of every handler of an authenticated request. */

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
  /** The request's URL, with its path changed to that of Anthropic's API. */
  url: URL;
  anthropicHeaders: AnthropicHeaders;
  isolate: Isolate;
  secrets: SecretsInUse;
  client: Client;
  caller: Caller;
  keepAlive: KeepAlive;
  /** When the request arrived, in milliseconds since the epoch. */
  startedMs: number;
  /** The content of the request's log line. Handlers fill it in. */
  record: RequestRecord;
}

export interface Reply {
  response: Response;
  /**
   * Resolves with the end of the body, when the request holds no resources any more. Absent if
   * there is nothing to wait for.
   */
  ended?: Promise<BodyEnd>;
}
