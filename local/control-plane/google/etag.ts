/** An etag like Google's: opaque, eight bytes in base64, different for different content. */
import { createHash } from "node:crypto";

export function etagOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest().subarray(0, 8).toString("base64");
}
