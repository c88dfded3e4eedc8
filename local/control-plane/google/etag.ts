/** Google's etags: opaque, eight bytes in base64, another one for every other content. */
import { createHash } from "node:crypto";

export function etagOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest().subarray(0, 8).toString("base64");
}
