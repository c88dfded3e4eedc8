/** What a handler of an authenticated request is given, for tests. */
import { readAnthropicHeaders } from "./anthropic-headers.ts";
import type { Client } from "./bindings.ts";
import { Caller } from "./caller.ts";
import type { RequestContext } from "./context.ts";
import type { Isolate } from "./isolate.ts";
import { newRecord } from "./log.ts";

/** @returns the context, and what waits for everything that the request keeps alive. */
export function contextOf(request: Request, isolate: Isolate, client: Partial<Client> = {}) {
  const url = new URL(request.url);
  const kept: Promise<unknown>[] = [];
  const context: RequestContext = {
    request,
    url,
    anthropicHeaders: readAnthropicHeaders(url, request.headers),
    isolate,
    secrets: isolate.secrets.forRequest(),
    client: { name: "ci", ...client },
    caller: new Caller(request.signal),
    keepAlive: { waitUntil: (promise) => void kept.push(promise) },
    startedMs: Date.now(),
    record: newRecord(request),
  };
  const settled = async () => void (await Promise.allSettled(kept));
  return { context, settled };
}
