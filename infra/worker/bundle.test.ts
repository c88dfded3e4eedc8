import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundleWorker } from "./bundle.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("bundleWorker", () => {
  it("makes the same bytes each time, without trailing white space and without a path of the machine", () => {
    const bundle = bundleWorker();
    expect(bundleWorker()).toBe(bundle);
    expect(bundle).toBe(bundle.trim());
    expect(bundle).not.toContain(import.meta.dirname);
  });

  it("makes the same bytes in another clone", () => {
    const clone = mkdtempSync(join(tmpdir(), "claude-failover-clone-"));
    try {
      for (const folder of ["infra", "worker"]) cpSync(join(ROOT, folder), join(clone, folder), { recursive: true });
      for (const name of ["node_modules", "package.json"]) symlinkSync(join(ROOT, name), join(clone, name));
      execFileSync(process.execPath, ["infra/worker/bundle.ts"], { cwd: clone });
      expect(readFileSync(join(clone, "dist/index.js"), "utf8")).toBe(bundleWorker());
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  /** The limit is small because the Worker has no dependencies. */
  it("makes at most 28 KB with gzip", () => {
    expect(gzipSync(bundleWorker()).length).toBeLessThanOrEqual(28 * 1024);
  });
});
