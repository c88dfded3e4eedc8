/** What every handler of an authenticated request is given. */
import type { Client, Settings } from "./bindings.ts";
import type { KeepAlive } from "./google-token.ts";
import type { SecretsInUse } from "./slots.ts";

export interface RequestContext {
  request: Request;
  /** The request's, with Anthropic's own path. */
  url: URL;
  settings: Settings;
  secrets: SecretsInUse;
  client: Client;
  keepAlive: KeepAlive;
  /** Of the Worker's own errors, and of answers that bring none. */
  requestId: string;
}
