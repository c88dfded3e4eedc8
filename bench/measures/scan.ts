/**
 * The time that the scan of a body and its UTF-8 check need for a byte, inside workerd. The cost of
 * the request itself is taken off, by a request that scans nothing. The baseline lets the runtime
 * search the body for a byte that it does not have, which reads each byte once.
 */
import { bundleOf } from "../bundles.ts";
import { cpuNsOf } from "../cpu-time.ts";
import { type Measure, of, ratioRow } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import type { Variant } from "../variants.ts";

const BYTES = 4e6;
const TIMES = 8;
const ROUNDS = 15;
const SEARCH = "search";
const REACHES = { text: "≤ 0.6 ns/B", base64: "≤ 0.2 ns/B" };

/** Reads the body once. Then it repeats the work that the path names, as often as the path says. */
const SCAN_WORKER = `
  import { interpret } from "./request/body.ts";
  export default {
    async fetch(request) {
      const [, how, times] = new URL(request.url).pathname.split("/");
      const bytes = new Uint8Array(await request.arrayBuffer());
      for (let time = 0; time < Number(times); time++) {
        if (how === "interpret") interpret(bytes);
        else bytes.indexOf(0);
      }
      return new Response("{}");
    }
  };`;

const VARIANT: Variant = { name: "scan", module: bundleOf(SCAN_WORKER), version: "v1", texts: {} };

export const SCAN: Measure = {
  name: "scan",
  what: "scan with UTF-8 check, for a byte",
  run: (bench) =>
    bench.withWorkers([VARIANT], async (workers) => {
      const worker = workers.get("scan");
      const bodies = { text: messagesBody(BYTES), base64: messagesBody(BYTES, { content: "base64" }) };
      const names = Object.keys(bodies).flatMap((content) => [`interpret ${content}`, `${SEARCH} ${content}`]);
      const sample = async (name: string) => {
        const [how = "", content = ""] = name.split(" ");
        const body = bodies[content as keyof typeof bodies];
        const call = { body, requests: 1, concurrency: 1 };
        const scanNs = await cpuNsOf(worker, { ...call, path: `/${how}/${TIMES}` });
        const restNs = await cpuNsOf(worker, { ...call, path: `/${how}/0` });
        return Math.max(scanNs - restNs, 1) / TIMES / body.length;
      };
      for (const name of names) await sample(name);
      const samples = await inRounds(names, bench.scaled(ROUNDS, 6), sample);
      return (["text", "base64"] as const).map((content) =>
        ratioRow({
          name: "scan",
          what: "scan with UTF-8 check",
          variant: content,
          values: of(samples, `interpret ${content}`),
          base: { name: "search for a byte", values: of(samples, `${SEARCH} ${content}`) },
          format: (ns) => `${ns.toFixed(2)} ns/B`,
          reach: REACHES[content],
        }),
      );
    }),
};
