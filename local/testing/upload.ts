/**
 * Builds a multipart body like the provider's: modules first, then the metadata, which have a
 * content type and no file name.
 */
import type { Sent } from "./control-plane.ts";

const BOUNDARY = "f6".repeat(30);

export function multipart(metadata: object | string, modules: Readonly<Record<string, string>>): Sent {
  const parts = Object.entries(modules).map(
    ([name, content]) =>
      `Content-Disposition: form-data; name="${name}"; filename="${name}"\r\n` +
      `Content-Type: application/javascript+module\r\n\r\n${content}`,
  );
  const text = typeof metadata === "string" ? metadata : JSON.stringify(metadata);
  parts.push(`Content-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n${text}`);
  const body = `${parts.map((part) => `--${BOUNDARY}\r\n${part}\r\n`).join("")}--${BOUNDARY}--\r\n`;
  return { body, headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` } };
}
