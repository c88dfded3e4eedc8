import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundleWorker } from "./bundle.ts";

describe("bundleWorker", () => {
  it("makes the same bytes each time, without white space at the end and without a path of this machine", () => {
    const bundle = bundleWorker();
    expect(bundleWorker()).toBe(bundle);
    expect(bundle).toBe(bundle.trim());
    expect(bundle).not.toContain(import.meta.dirname);
  });

  /** No dependency is in it: this is what three routings, both Google credentials and the whole surface take. */
  it("stays within 16 KB gzip", () => {
    expect(gzipSync(bundleWorker()).length).toBeLessThanOrEqual(16 * 1024);
  });
});
