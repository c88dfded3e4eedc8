/**
 * Isolates of one Worker in one location. They share no memory, but Miniflare keeps the counters of
 * their rate limit bindings by `namespaceId`, so the isolates share these, as at Cloudflare.
 */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Miniflare, type WorkerOptions } from "miniflare";
import type { Sandbox } from "../../local/sandbox/index.ts";
import { workerOptions } from "../../local/sandbox/worker-runtime.ts";

/** Takes the place of the failure counter: the code of a Worker with the entrypoint `Counter`. */
export type Counter = string | undefined;

export interface Isolates {
  urls: readonly string[];
  /** What the isolates have logged. */
  lines: readonly string[];
  stop(): Promise<void>;
}

/** @param counters for each isolate what it has in place of the stack's failure counter; "real" keeps it */
export async function startIsolates(stack: Sandbox, counters: readonly ("real" | Counter)[]): Promise<Isolates> {
  const lines: string[] = [];
  const isolates = counters.map((counter, index) => isolate(stack, `isolate-${index}`, counter));
  const replacements = counters.flatMap((counter, index) =>
    counter === "real" || counter === undefined ? [] : [replacement(`counter-${index}`, counter)],
  );
  const miniflare = new Miniflare({
    workers: [...isolates, ...replacements],
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const input of [stdout, stderr]) createInterface({ input }).on("line", (line) => lines.push(line));
    },
  });
  await miniflare.ready;
  const urls = await Promise.all(isolates.map(({ name }) => miniflare.unsafeGetDirectURL(name)));
  return { urls: urls.map(({ origin }) => origin), lines, stop: () => miniflare.dispose() };
}

function isolate({ script, cloud }: Sandbox, name: string, counter: "real" | Counter): WorkerOptions {
  const options = workerOptions(script, cloud.context.port);
  const direct = { name, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  if (counter === "real") return { ...options, ...direct };
  const { FAILURE_COUNTER: _removed, ...ratelimits } = options.ratelimits;
  if (counter === undefined) return { ...options, ...direct, ratelimits };
  const serviceBindings = {
    FAILURE_COUNTER: { name: name.replace("isolate", "counter"), entrypoint: "Counter" },
  };
  return { ...options, ...direct, ratelimits, serviceBindings };
}

function replacement(name: string, contents: string): WorkerOptions {
  return {
    name,
    modules: [{ type: "ESModule", path: "index.js", contents }],
    compatibilityDate: "2026-07-30",
  };
}
