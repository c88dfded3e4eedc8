/** Bundles other than the one that is deployed. */
import { join } from "node:path";
import { buildSync } from "esbuild";

const WORKER = join(import.meta.dirname, "../worker");
const FORM = {
  bundle: true,
  write: false,
  format: "esm",
  platform: "neutral",
  target: "es2024",
  charset: "utf8",
} as const;

/** @returns a Worker whose entry is this code, which can import files of `worker/` */
export function bundleOf(entry: string): string {
  return textOf(buildSync({ ...FORM, minify: true, stdin: { contents: entry, resolveDir: WORKER } }));
}

/** @returns our Worker with the names of its functions */
export function readableBundle(): string {
  return textOf(buildSync({ ...FORM, entryPoints: [join(WORKER, "index.ts")] }));
}

function textOf({ outputFiles }: { outputFiles: readonly { text: string }[] }): string {
  return outputFiles[0]?.text ?? "";
}
