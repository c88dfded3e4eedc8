/**
 * Bundles the Worker as one ES module. The bundle is deterministic: two clones make the same bytes,
 * so an unchanged Worker is not uploaded again. Run as a program, this file writes the bundle to
 * dist/ and prints its size.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

const ROOT = join(import.meta.dirname, "../..");

/**
 * The name that wrangler gives to the main module. An upload needs such a name, because without it
 * Cloudflare expects the old script syntax.
 */
export const MAIN_MODULE = "index.js";

/**
 * @returns the module's source without trailing white space. Cloudflare removes trailing white
 * space, so a refresh would otherwise find a change.
 */
export function bundleWorker(): string {
  const { outputFiles } = buildSync({
    entryPoints: ["worker/index.ts"],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error("esbuild made no bundle of worker/index.ts");
  return bundle.text.trim();
}

if (import.meta.main) {
  const bundle = bundleWorker();
  const file = join(ROOT, "dist", MAIN_MODULE);
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  writeFileSync(file, bundle);
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
  const bytes = Buffer.from(bundle);
  console.log(`dist/${MAIN_MODULE}: ${kib(bytes.length)}, ${kib(gzipSync(bytes).length)} gzip`);
}
