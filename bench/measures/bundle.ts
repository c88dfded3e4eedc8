/** The size of the bundle with gzip. It is exact and needs no baseline. */
import { gzipSync } from "node:zlib";
import { bundleWorker } from "../../infra/worker/bundle.ts";
import type { Measure } from "../measure.ts";

const BYTES_PER_KIB = 1024;

export const BUNDLE: Measure = {
  name: "bundle",
  what: "size of the bundle",
  run: async () => {
    const bundle = bundleWorker();
    const gzip = gzipSync(bundle).length;
    const asKib = (bytes: number) => `${(bytes / BYTES_PER_KIB).toFixed(1)} KiB`;
    const what = "bundle, gzip, all features";
    return [
      {
        key: "bundle",
        what,
        baseline: asKib(Buffer.byteLength(bundle)),
        ours: asKib(gzip),
        value: gzip,
        reach: "≤ 16 KB",
      },
    ];
  },
};
