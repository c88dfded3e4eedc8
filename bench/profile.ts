/**
 * Prints where the Worker spends its CPU time: `node bench/profile.ts [ROUTING] [BYTES] [REQUESTS]`.
 * It profiles the code of the deployed bundle, but with its names. A profile shows what to look at;
 * only the bench shows whether a change helps.
 */
import type { Routing } from "../worker/options.ts";
import { readableBundle } from "./bundles.ts";
import { Inspector } from "./inspector.ts";
import { load } from "./load.ts";
import { messagesBody } from "./requests.ts";
import { Upstream } from "./upstream.ts";
import { ours } from "./variants.ts";
import { Workerd } from "./workerd.ts";

const CONCURRENCY = 8;
const SAMPLE_EVERY_US = 200;
const PRINTED = 30;

interface Profile {
  nodes: readonly { id: number; callFrame: { functionName: string; lineNumber: number } }[];
  samples: readonly number[];
}

const [routing = "universal", bytes = "1000", requests = "10000"] = process.argv.slice(2);
const upstream = await Upstream.start();
const worker = await Workerd.start(ours(routing as Routing, routing, readableBundle()), upstream.port, "inspected");
try {
  const run = { port: worker.port, body: messagesBody(Number(bytes)), concurrency: CONCURRENCY };
  await load({ ...run, requests: Math.ceil(Number(requests) / 4) });
  const inspector = await Inspector.connect(worker.inspectorPort);
  await inspector.call("Profiler.enable");
  await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
  await inspector.call("Profiler.start");
  await load({ ...run, requests: Number(requests) });
  const { profile } = (await inspector.call("Profiler.stop")) as { profile: Profile };
  console.log(linesOf(profile).join("\n"));
} finally {
  await worker.stop();
  upstream.stop();
}
process.exit();

/** @returns the functions with the most samples of their own, as shares of the busy time */
function linesOf({ nodes, samples }: Profile): string[] {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, lineNumber } }) => [
      id,
      functionName.startsWith("(") ? functionName : `${functionName || "(no name)"}:${lineNumber + 1}`,
    ]),
  );
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const name = names.get(sample) ?? "";
    if (name !== "(idle)") counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const busy = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, PRINTED)
    .map(([name, count]) => `${((100 * count) / busy).toFixed(1).padStart(5)} %  ${name}`);
}
