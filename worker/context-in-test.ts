/** The context of an authenticated request, for tests of the handlers. */
import { readAnthropicHeaders } from "./anthropic-headers.ts";
import { Caller } from "./caller.ts";
import type { Client } from "./client-line.ts";
import type { RequestContext } from "./context.ts";
import type { Isolate } from "./isolate.ts";
import { newRecord } from "./log.ts";

/** @returns the context, and a function that waits for everything that was given to `waitUntil` */
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
